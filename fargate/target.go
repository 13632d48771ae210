package fargate

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/lbc"
)

// optedOutReason is why an opted-out object is let be.
const optedOutReason = "the annotation " + computeTypeKey + ": " + computeTypeEC2 + " opts it out"

// target is a Service that a load balancer sends traffic to.
type target struct {
	service string
	// field is where it is named.
	field   string
	place   Placement
	meaning meaning
	// certain is false when the Service isn't known: place and meaning are then
	// those of any pod of the namespace.
	certain bool
	// said is what the Service's own annotation has for target type, if it
	// says anything.
	said string
	says bool
}

// target looks a Service of the request's namespace up. It may not be there: an
// Ingress can be applied before its Services.
func (j judge) target(name, field string) target {
	t := target{service: name, field: field}
	if j.request.Cluster != nil {
		if service, err := j.request.Cluster.Service(j.request.Namespace, name); err == nil {
			t.certain = true
			t.place, t.meaning = j.meaningOf(service)
			t.said, t.says = service.Annotations[lbc.IngressTargetTypeAnnotation]
			return t
		}
	}
	t.place, t.meaning = j.selectedBy(&metav1.ObjectMeta{}, nil)
	t.place.Reason = fmt.Sprintf("Service %q is not known; of a pod of the namespace without labels: %s", name, t.place.Reason)
	return t
}

// surely reports whether its pods are Fargate's.
func (t *target) surely() bool { return t.certain && t.meaning == meansFargate }

// String tells whom it selects: `Service "web" selects pods that Fargate
// profile "apps" takes`.
func (t *target) String() string {
	switch {
	case t.meaning != meansFargate:
		return fmt.Sprintf("Service %q may select pods that a Fargate profile takes", t.service)
	case !t.certain:
		return fmt.Sprintf("Service %q, which is not known, may select pods that Fargate profile %q takes", t.service, t.place.Profile)
	}
	return fmt.Sprintf("Service %q selects pods that Fargate profile %q takes", t.service, t.place.Profile)
}

// targetsTold are targets of which one thing is to be told.
type targetsTold []*target

// mild is true when none of them surely has pods on Fargate.
func (t targetsTold) mild() bool { return !t.first().surely() }

// first is the one to name: one that is sure if there is any.
func (t targetsTold) first() *target {
	for _, target := range t {
		if target.surely() {
			return target
		}
	}
	return t[0]
}

// String tells of the first, and how many there are besides.
func (t targetsTold) String() string {
	switch text := t.first().String(); len(t) {
	case 1:
		return text
	case 2:
		return text + " (and there is 1 more such)"
	default:
		return fmt.Sprintf("%s (and there are %d more such)", text, len(t)-1)
	}
}
