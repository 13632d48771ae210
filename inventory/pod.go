package inventory

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"fargate-webhook/bill"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
)

// state is where a pod is in its life.
type state string

const (
	// waiting is a pod that Fargate hasn't scheduled: it isn't billed (F10.8).
	waiting state = "waiting"
	running state = "running"
	// finished is a pod that has ended: it keeps its capacity, and is billed, until it is deleted
	// (F3.15).
	finished state = "finished"
)

// states are the values of the label state.
var states = []string{string(waiting), string(running), string(finished)}

// pod is what is kept of a pod: a cluster may have tens of thousands.
type pod struct {
	// ObjectMeta has namespace, name, UID and version only.
	metav1.ObjectMeta
	// size is what Fargate provisions, nil for a pod that isn't Fargate's, or that no size holds.
	size *sizing.Size
	likeness
}

// likeness is what pods have in common that are billed together, as one workload.
type likeness struct {
	// controller is the UID of the pod's controller, or its own if it has none.
	controller types.UID
	profile    string
	state      state
	// requested is what it requested before admission, and storage the ephemeral storage above 20 GB.
	requested sizing.Amount
	storage   int64
}

// GetObjectKind implements runtime.Object.
func (*pod) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject implements runtime.Object. Nobody changes a pod.
func (p *pod) DeepCopyObject() runtime.Object {
	out := *p
	return &out
}

// reduce returns what is kept of a pod. What it requested is what the record of the webhook says, if
// it has one, as in reviews.
func reduce(object any) (any, error) {
	full, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	p := &pod{ObjectMeta: metav1.ObjectMeta{Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion}}
	place, claimed := placement.Claimed(&full.ObjectMeta, &full.Spec)
	if !claimed {
		return p, nil
	}
	size, ok := sizing.For(sizing.Requested(&full.Spec))
	if !ok {
		return p, nil
	}
	stated := sizing.AsStated(&full.ObjectMeta, &full.Spec)
	p.size = &size
	p.likeness = likeness{
		controller: full.UID, profile: place.Profile, state: stateOf(full),
		requested: sizing.Requested(stated), storage: bill.AdditionalStorage(&full.Spec),
	}
	if owner := metav1.GetControllerOfNoCopy(full); owner != nil {
		p.controller = owner.UID
	}
	return p, nil
}

// stateOf returns the state of a pod.
func stateOf(p *corev1.Pod) state {
	switch {
	case p.Spec.NodeName == "":
		return waiting
	case p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed:
		return finished
	}
	return running
}
