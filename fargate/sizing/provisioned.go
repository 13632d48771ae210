package sizing

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ProvisionedAnnotation is what EKS writes on a pod when it binds it to a Fargate node: its size
// (F2.6).
const ProvisionedAnnotation = "CapacityProvisioned"

// Provisioned returns the size as EKS writes it in the annotation: "0.25vCPU 0.5GB".
func (s Size) Provisioned() string {
	return s.VCPU() + "vCPU " + strconv.FormatFloat(float64(s.GiB2)/2, 'f', -1, 64) + "GB"
}

// SizeOf returns the size in the annotation of a pod. ok is false if it is no Fargate size, which EKS
// doesn't write, and for a pod without a node, whose annotation isn't from EKS (S30).
func SizeOf(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (size Size, ok bool) {
	text := meta.Annotations[ProvisionedAnnotation]
	if text == "" || spec.NodeName == "" {
		return Size{}, false
	}
	all := Sizes()
	i := slices.IndexFunc(all, func(s Size) bool { return s.Provisioned() == text })
	if i < 0 {
		return Size{}, false
	}
	return all[i], true
}
