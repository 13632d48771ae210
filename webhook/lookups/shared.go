package lookups

import (
	"maps"
	"sync"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"fargate-webhook/fargate/cluster"
)

// maxShared bounds what is remembered: names come and go for as long as the webhook runs. Beyond it
// everything is forgotten, and what comes later shares with what comes after that.
const maxShared = 10_000

// shared has objects of a cache share what many of them have alike: namespaces, keys of labels,
// annotations, controllers and classes. It is safe for concurrent use; what is shared is never
// changed.
type shared struct {
	mutex       sync.Mutex
	texts       map[string]*string
	annotations map[string]map[string]string
	controllers map[controller][]metav1.OwnerReference
}

// controller identifies one.
type controller struct {
	apiVersion, kind, name string
	uid                    types.UID
}

func newShared() *shared {
	return &shared{
		texts: map[string]*string{}, annotations: map[string]map[string]string{}, controllers: map[controller][]metav1.OwnerReference{},
	}
}

// in returns a trimmed object that shares what it can with others.
func (s *shared) in(trimmed any) any {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	object, ok := trimmed.(metav1.Object)
	if !ok { // the last known state of something deleted
		return trimmed
	}
	object.SetNamespace(*s.text(object.GetNamespace()))
	object.SetAnnotations(s.annotated(object.GetAnnotations()))
	object.SetOwnerReferences(s.controlled(object.GetOwnerReferences()))
	switch o := trimmed.(type) {
	case *corev1.PersistentVolumeClaim:
		if o.Spec.StorageClassName != nil {
			o.Spec.StorageClassName = s.text(*o.Spec.StorageClassName)
		}
	case *corev1.Service:
		o.Spec.Selector = s.keyed(o.Spec.Selector)
	case *policyv1.PodDisruptionBudget:
		s.selector(o.Spec.Selector)
	case *cluster.ReplicaSet:
		s.selector(o.Selector)
		o.PodMeta.Annotations = s.annotated(o.PodMeta.Annotations)
		if o.Selector != nil && maps.Equal(o.PodMeta.Labels, o.Selector.MatchLabels) {
			o.PodMeta.Labels = o.Selector.MatchLabels
		} else {
			o.PodMeta.Labels = s.keyed(o.PodMeta.Labels)
		}
	}
	return trimmed
}

// remembered returns what a map has for a key, and adds what is made for a new one.
func remembered[K comparable, V any](known map[K]V, key K, value func() V) V {
	if v, ok := known[key]; ok {
		return v
	}
	if len(known) >= maxShared {
		clear(known)
	}
	v := value()
	known[key] = v
	return v
}

func (s *shared) text(text string) *string {
	return remembered(s.texts, text, func() *string { return &text })
}

// keyed returns labels with shared keys.
func (s *shared) keyed(labels map[string]string) map[string]string {
	if labels == nil {
		return nil
	}
	out := make(map[string]string, len(labels))
	for key, value := range labels {
		out[*s.text(key)] = value
	}
	return out
}

func (s *shared) selector(selector *metav1.LabelSelector) {
	if selector != nil {
		selector.MatchLabels = s.keyed(selector.MatchLabels)
	}
}

// annotated returns annotations, of which few are kept: one or two.
func (s *shared) annotated(annotations map[string]string) map[string]string {
	if len(annotations) != 1 {
		return annotations
	}
	for key, value := range annotations {
		return remembered(s.annotations, key+"\x00"+value, func() map[string]string { return annotations })
	}
	return nil
}

// controlled returns the references to a controller.
func (s *shared) controlled(owners []metav1.OwnerReference) []metav1.OwnerReference {
	if len(owners) != 1 {
		return owners
	}
	key := controller{owners[0].APIVersion, owners[0].Kind, owners[0].Name, owners[0].UID}
	return remembered(s.controllers, key, func() []metav1.OwnerReference { return owners })
}
