package sizing

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Sizes returns all sizes, by rising CPU, then memory.
func Sizes() []Size {
	var all []Size
	for _, r := range table {
		for halves := r.least; halves <= r.most; halves += r.step {
			all = append(all, Size{MilliCPU: r.milliCPU, GiB2: halves})
		}
	}
	return all
}

// NeededStorage returns the ephemeral storage that Fargate provisions for what a pod requests, in
// milli-bytes: zero where it requests none, which gets the default (F3.12).
func NeededStorage(spec *corev1.PodSpec) int64 {
	if requested := requestedStorage(spec); requested > 0 {
		return withReserved(requested)
	}
	return 0
}

// AsStated returns the spec with the requests and limits that the record on the pod says its
// containers stated, where they still are what was set then. Unlike what decides about a pod, it
// believes the record of any admission, also one that somebody pasted into a template: it is meant
// for reports, in which a forged record lies to nobody but its writer.
func AsStated(meta *metav1.ObjectMeta, spec *corev1.PodSpec) *corev1.PodSpec {
	r, ok := recordIn(meta.Annotations[RecordAnnotation])
	if !ok {
		return spec
	}
	return r.restored(spec)
}
