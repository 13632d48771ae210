package cluster

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ReplicaSet is what caches keep of a ReplicaSet, in less than half the memory of the API's type: of
// no other kind do large clusters have more objects, and most are former revisions. Manifests have
// the API's type.
type ReplicaSet struct {
	metav1.ObjectMeta

	Selector *metav1.LabelSelector
	// Idle is true for one without replicas.
	Idle bool
	// PodMeta and PodSpec are those of the template. Many ReplicaSets share a PodSpec.
	PodMeta metav1.ObjectMeta
	PodSpec *corev1.PodSpec
}

// GetObjectKind returns no kind, as for objects of the API's types in caches.
func (*ReplicaSet) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject returns a copy that shares nothing.
func (s *ReplicaSet) DeepCopyObject() runtime.Object {
	out := &ReplicaSet{Selector: s.Selector.DeepCopy(), Idle: s.Idle, PodMeta: *s.PodMeta.DeepCopy(), PodSpec: s.PodSpec.DeepCopy()}
	s.DeepCopyInto(&out.ObjectMeta)
	return out
}
