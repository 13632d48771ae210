package traffic

import (
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds/lbc"
)

// Backend is a Service that a load balancer sends traffic to.
type Backend struct {
	// Service is its name, and Field the path of the field that names it.
	Service, Field string
	// Pods are its pods. When the Service isn't Known, they are any pods of the namespace.
	Pods
	Known bool
	// TargetType is the Service's own annotation for the target type; HasTargetType is false when
	// there is none.
	TargetType    string
	HasTargetType bool
}

// Backend looks a Service up. It may not exist: an Ingress can be applied before its Services.
func (n *Namespace) Backend(name, field string) Backend {
	l := n.forSelectors(1)
	return l.backend(name, field, true, l.unknown)
}

// backends looks Services up, the first of very many, by their names and the fields that name them.
func (n *Namespace) backends(names, fields []string) []Backend {
	l := n.forSelectors(len(names))
	unknown := sync.OnceValue(l.unknown)
	all := make([]Backend, len(names))
	for i, name := range names {
		all[i] = l.backend(name, fields[i], i < maxServices, unknown)
	}
	return all
}

// unknown returns the pods of a Service of which nothing is known.
func (l *lookup) unknown() Pods { return l.selected(&metav1.ObjectMeta{}, nil) }

// backend looks a Service up, unless there are too many. unknown returns the pods of one that isn't
// known.
func (l *lookup) backend(name, field string, lookUp bool, unknown func() Pods) Backend {
	b := Backend{Service: name, Field: field}
	if l.Cluster != nil && lookUp {
		if service, err := cluster.Get[*corev1.Service](l.Cluster, cluster.Services, l.Name, name); err == nil {
			b.Known = true
			b.Pods = l.podsOf(service)
			b.TargetType, b.HasTargetType = service.Annotations[lbc.IngressTargetTypeAnnotation]
			return b
		}
	}
	b.Pods = unknown()
	b.Reason = fmt.Sprintf("Service %q is not known; for a pod of the namespace without labels: %s", name, b.Reason)
	return b
}

// Surely reports whether only IP targets reach its pods.
func (b *Backend) Surely() bool { return b.Known && b.Certain() }

// String returns `Service "web" selects pods of Deployment "web", which run on Fargate (profile
// apps)`.
func (b *Backend) String() string {
	subject := fmt.Sprintf("Service %q", b.Service)
	switch {
	case b.Surely():
		return b.Because(subject)
	case b.Unknown != "":
		return subject + " may select pods that run on Fargate: " + b.Unknown
	case b.OnFargate != Surely && b.Known:
		return subject + " may select pods that run on Fargate: " + b.Reason
	case b.OnFargate != Surely:
		return subject + " may select pods that run on Fargate"
	}
	return fmt.Sprintf("%s is not known and may select pods that run on Fargate (profile %s)", subject, b.Profile)
}

// Backends are Services of which the same is said.
type Backends []*Backend

// Surely reports whether the pods of one of them surely run on Fargate.
func (b Backends) Surely() bool { return b[b.first()].Surely() }

// first returns the index of the one to name: one that is sure if there is any.
func (b Backends) first() int { return max(slices.IndexFunc(b, (*Backend).Surely), 0) }

// String describes the first, and counts the others: those of which the same is true, and those that
// may select pods on Fargate for a reason of their own.
func (b Backends) String() string {
	at := b.first()
	first := b[at]
	text, same, unsure := first.String(), 0, 0
	for i, backend := range b {
		switch {
		case i == at:
		case backend.Surely() && first.Surely() || !backend.Known && !first.Known:
			same++
		default:
			unsure++
		}
	}
	if same > 0 {
		text += "; the same is true of " + moreServices(same)
	}
	if unsure > 0 {
		text += "; " + moreServices(unsure) + " may select such pods"
	}
	return text
}

func moreServices(count int) string {
	if count == 1 {
		return "1 more Service"
	}
	return fmt.Sprintf("%d more Services", count)
}
