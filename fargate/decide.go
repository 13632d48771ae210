package fargate

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/lbc"
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

const (
	// SubResourceEphemeralContainers adds ephemeral containers to a pod.
	SubResourceEphemeralContainers = "ephemeralcontainers"
	// SubResourceResize changes the resources of a running pod in place.
	SubResourceResize = "resize"
)

// Phase is the part of admission that a decision is for.
type Phase int

const (
	// WholeAdmission is all of it, as a review sees it: what will be changed,
	// and what is wrong for all that.
	WholeAdmission Phase = iota
	// Mutating changes the object and refuses nothing: others may still change
	// what is wrong with it.
	Mutating
	// Validating judges the final object (S21) and changes nothing.
	Validating
)

// Request is what a decision needs to know besides the object.
type Request struct {
	Operation OperationKind
	// SubResource is the part that is written: SubResourceEphemeralContainers
	// or SubResourceResize of a pod, empty for the object itself.
	SubResource string
	Phase       Phase
	// Namespace is the one the object is written to. The object's own is not
	// looked at: it may be empty (S22).
	Namespace string
	// User and Groups are who asks for it, empty when that isn't known.
	User   string
	Groups []string
	// Old is the object before an update, nil on create.
	Old runtime.Object
	// Cluster tells of other objects; nil when nothing is known of them.
	Cluster Cluster
}

// Decision is the judgement of one object.
type Decision struct {
	// Judged is false for kinds that have nothing to do with Fargate.
	Judged    bool
	Placement Placement
	// Size is what Fargate provisions for the pod, or for each pod of the
	// template; nil when it is not Fargate's or larger than all sizes.
	Size *Size
	// Usage tells how that is used; nil when Size is.
	Usage *Usage
	// Patch is what changes in the object on admission, with paths from its
	// root; for a template it is what will change in each of its pods.
	Patch Patch
	// Findings is what does not fit, in the order of the rules.
	Findings []Finding
	// Trouble says what could not be looked up, so that the pod's resources
	// are left as they are; nil when nothing was missing.
	Trouble error
}

// judge holds what is the same for all objects of a request.
type judge struct {
	request  *Request
	index    *profiles.Index
	settings *Settings
	exempt   bool
	// ofTemplate is true for what stands for pods that are made later.
	ofTemplate bool
}

// Decide judges an object: where it, or what it stands for, will run, what
// admission changes in it and what is wrong with it. It is a pure function and
// does not change its arguments. An object that is being deleted is let be.
func Decide(object runtime.Object, request Request, index *profiles.Index, policy *Policy) Decision {
	j := judge{request: &request, index: index, settings: policy.For(request.Namespace), exempt: policy.exempts(&request)}
	d := j.decide(object)
	if request.Operation == OperationUpdate {
		if _, ok := object.(*corev1.Service); !ok {
			// EKS claims pods when they are created and never after (F1.13,
			// S23), and what keeps other things as written would undo a change.
			d.Patch = nil
		}
		if request.Old != nil && len(d.Findings) > 0 {
			d.Findings = newSince(d.Findings, j.decide(request.Old).Findings)
		}
	}
	if j.exempt || isBeingDeleted(object) {
		d.Patch, d.Findings = nil, nil
	}
	return d
}

func isBeingDeleted(object runtime.Object) bool {
	o, ok := object.(metav1.Object)
	return ok && o.GetDeletionTimestamp() != nil
}

func (j judge) decide(object runtime.Object) Decision {
	switch o := object.(type) {
	case *corev1.Pod:
		return j.pod(&o.ObjectMeta, &o.Spec, nil)
	case *appsv1.DaemonSet:
		return j.daemonSet(o)
	case *corev1.Service:
		return j.service(o)
	case *networkingv1.Ingress:
		return j.ingress(o)
	case *lbc.TargetGroupConfiguration:
		return j.targetGroups(o)
	}
	if path, template := templateOf(object); template != nil {
		return j.template(object, path, template)
	}
	return Decision{Placement: Placement{Reason: "this kind has nothing to do with Fargate"}}
}
