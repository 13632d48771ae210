// Package kinds is the one table of the kinds of object that are judged. The webhook, its
// registration and the review range over it: a new kind is a new row.
package kinds

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/policy"
)

// Object is a Kubernetes object.
type Object interface {
	runtime.Object
	metav1.Object
}

// Kind is a kind of object that is judged.
type Kind struct {
	// Group and Kind identify it, and Versions are those that look the same to us, the preferred
	// one first.
	Group    string
	Versions []string
	Kind     string
	// Resource is its name in URLs: "pods".
	Resource string
	// Subresources are judged too; each has the kind's own object.
	Subresources []string
	// TemplatePath is the path of its pod template, empty for kinds without one.
	TemplatePath string
	// Headline is the first line of a refusal, without the profile and the colon.
	Headline string
	// OptOut says how to keep an object of the kind, or its pods, off Fargate. OptOutUpdate says it
	// for an object that exists already, where that is different.
	OptOut, OptOutUpdate string
	// Mutated returns the operations on which admission may change an object under a policy; nil
	// for kinds that are never changed.
	Mutated func(*policy.Policy) []admissionv1.OperationType
	// MutatedOnly is a further condition under which a request is sent to be changed, for kinds
	// that are changed on UPDATE too; nil for others.
	MutatedOnly func(*policy.Policy) Condition
	// Only are conditions under which the API server sends a request at all: others would only be
	// let through.
	Only []Condition
	// Object is the one object of the kind that is judged; nil for a kind of which all are.
	Object *NamespacedName
	// Optional is true for a kind that not every API server serves.
	Optional bool
	// ClusterScoped is true for a kind whose objects belong to no namespace.
	ClusterScoped bool

	slot     func() Slot
	template func(runtime.Object) *corev1.PodTemplateSpec
}

// NamespacedName names an object.
type NamespacedName struct{ Namespace, Name string }

// Condition is a CEL expression that must be true for a request to be sent.
type Condition struct{ Name, Expression string }

// GroupVersionKind returns the preferred version.
func (k *Kind) GroupVersionKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: k.Group, Version: k.Versions[0], Kind: k.Kind}
}

// MutatePath is where the webhook changes objects of the kind, and ValidatePath where it judges
// them.
func (k *Kind) MutatePath() string { return "/mutate/" + k.Resource }

// ValidatePath is where the webhook judges objects of the kind.
func (k *Kind) ValidatePath() string { return "/validate/" + k.Resource }

// IsWorkload reports a kind that makes pods from a template. DaemonSets are none: Fargate never
// runs theirs.
func (k *Kind) IsWorkload() bool { return k.template != nil }

// New returns an empty object of the kind.
func (k *Kind) New() Object {
	slot := k.slot()
	return slot.fill()
}

// Slot returns a place to decode an object of the kind into.
func (k *Kind) Slot() Slot { return k.slot() }

// Slot is a place to decode an object into, which knows whether there was one.
type Slot struct {
	// Pointer is a pointer to a nil pointer to the kind's type: a decoder allocates the object if
	// there is one.
	Pointer any
	// Object returns the decoded object, nil if there was none.
	Object func() Object
	fill   func() Object
}

// slotOf makes the slots of a type.
func slotOf[T any, P interface {
	*T
	Object
}]() func() Slot {
	return func() Slot {
		var object *T
		return Slot{
			Pointer: &object,
			Object: func() Object {
				if object == nil {
					return nil
				}
				return P(object)
			},
			fill: func() Object { return P(new(T)) },
		}
	}
}

// Find returns the kind of an API version, nil for kinds that a review does not judge, or judges only
// one object of.
func Find(apiVersion, kind string) *Kind { return FindObject(apiVersion, kind, NamespacedName{}) }

// FindObject is Find for an object with a name: it also returns a kind of which that one is judged.
func FindObject(apiVersion, kind string, named NamespacedName) *Kind {
	for _, k := range Reviewed {
		if k.Kind != kind || k.Object != nil && *k.Object != named {
			continue
		}
		for _, version := range k.Versions {
			if (schema.GroupVersion{Group: k.Group, Version: version}).String() == apiVersion {
				return k
			}
		}
	}
	return nil
}

// Template returns the pod template of a workload or [TemplateHolder], as part of the object, and its
// path. It returns nil for other objects, and for DaemonSets.
func Template(object runtime.Object) (path string, template *corev1.PodTemplateSpec) {
	if h, ok := object.(*TemplateHolder); ok {
		return h.Path, &h.Template
	}
	if k := WorkloadKind(object); k != nil {
		return k.TemplatePath, k.template(object)
	}
	return "", nil
}

// WorkloadKind returns the kind of a workload, nil for other objects and for DaemonSets.
func WorkloadKind(object runtime.Object) *Kind {
	for _, k := range workloads {
		if k.template(object) != nil {
			return k
		}
	}
	return nil
}

// PodSpec returns the spec of a pod, or of the pods that a workload makes, as part of the object.
// It returns nil for other objects, and for DaemonSets.
func PodSpec(object runtime.Object) *corev1.PodSpec {
	if pod, ok := object.(*corev1.Pod); ok {
		return &pod.Spec
	}
	if _, template := Template(object); template != nil {
		return &template.Spec
	}
	return nil
}
