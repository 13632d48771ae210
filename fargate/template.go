package fargate

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// PodSpecOf is the spec of a pod, or of the pods that a workload makes; nil
// for all other kinds, and for a DaemonSet: its pods never are Fargate's. It is
// part of the object, not a copy.
func PodSpecOf(object runtime.Object) *corev1.PodSpec {
	if pod, ok := object.(*corev1.Pod); ok {
		return &pod.Spec
	}
	if _, template := templateOf(object); template != nil {
		return &template.Spec
	}
	return nil
}
