package fargate

import (
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/profiles"
)

// OperationKind is what is being done to an object.
type OperationKind string

const (
	// OperationCreate creates the object.
	OperationCreate OperationKind = "CREATE"
	// OperationUpdate changes it.
	OperationUpdate OperationKind = "UPDATE"
)

// SubResourceResize changes the resources of a running pod in place.
const SubResourceResize = "resize"

// Phase is the part of admission that a decision is for.
type Phase int

const (
	// WholeAdmission is all of it, as a review sees it: what is changed, and what is wrong
	// nevertheless.
	WholeAdmission Phase = iota
	// Mutating changes the object and refuses nothing: other webhooks may still fix what is wrong.
	Mutating
	// Validating judges the final object (S21) and changes nothing.
	Validating
)

// Request is what a decision needs to know besides the object.
type Request struct {
	Operation OperationKind
	// SubResource is the part that is written, "ephemeralcontainers" or "resize" of a pod; empty
	// for the object itself.
	SubResource string
	Phase       Phase
	// Namespace is the one that the object is written to. The object's own isn't used: it may be
	// empty (S22).
	Namespace string
	// Exempt is true for a namespace that its label exempts ([policy.ExemptLabel]).
	Exempt bool
	// User and Groups are who requests it, empty when that isn't known.
	User   string
	Groups []string
	// Foresee asks in the mutating phase of a pod's creation whether the validating one will refuse it.
	Foresee bool
	// Old is the object before an update, nil on create.
	Old runtime.Object
	// Done is closed when nobody waits for the decision any more, nil for never. What is decided
	// until then is Stopped.
	Done <-chan struct{}
	// Earlier are lists of profiles by which another replica may have decided about the same object
	// a moment ago, in the mutating phase.
	Earlier []*profiles.Index
	// Offline is true for a review, which also wants to know what its caller asked to ignore, and
	// what the pods of a workload will be refused for where the policy doesn't judge workloads.
	Offline bool
	// Cluster returns other objects, nil when nothing is known of them.
	Cluster cluster.Reader
}
