package traffic

import (
	"fmt"

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
	b := Backend{Service: name, Field: field}
	if n.Cluster != nil {
		if service, err := cluster.Get[*corev1.Service](n.Cluster, cluster.Services, n.Name, name); err == nil {
			b.Known = true
			b.Pods = n.PodsOf(service)
			b.TargetType, b.HasTargetType = service.Annotations[lbc.IngressTargetTypeAnnotation]
			return b
		}
	}
	b.Pods = n.PodsSelected(&metav1.ObjectMeta{}, nil)
	b.Reason = fmt.Sprintf("Service %q is not known; for a pod of the namespace without labels: %s", name, b.Reason)
	return b
}

// Surely reports whether its pods surely run on Fargate.
func (b *Backend) Surely() bool { return b.Known && b.OnFargate == Surely }

// String returns `Service "web" selects pods that run on Fargate (profile apps)`.
func (b *Backend) String() string {
	switch {
	case b.OnFargate != Surely:
		return fmt.Sprintf("Service %q may select pods that run on Fargate", b.Service)
	case !b.Known:
		return fmt.Sprintf("Service %q is not known and may select pods that %s", b.Service, b.RunOnFargate())
	}
	return fmt.Sprintf("Service %q selects pods that %s", b.Service, b.RunOnFargate())
}

// Backends are Services of which the same is said.
type Backends []*Backend

// Surely reports whether the pods of one of them surely run on Fargate.
func (b Backends) Surely() bool { return b.first().Surely() }

// first returns the one to name: one that is sure if there is any.
func (b Backends) first() *Backend {
	for _, backend := range b {
		if backend.Surely() {
			return backend
		}
	}
	return b[0]
}

// String describes the first, and counts the others.
func (b Backends) String() string {
	switch text := b.first().String(); len(b) {
	case 1:
		return text
	case 2:
		return text + ", and so does 1 more Service"
	default:
		return fmt.Sprintf("%s, and so do %d more Services", text, len(b)-1)
	}
}
