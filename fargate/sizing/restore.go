package sizing

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maxRecordAge is how long after the record of a pod the API server may have stored the pod, in
// seconds: webhooks are called in between.
const maxRecordAge = 60

// Restore gives the containers of a stored pod back what they stated before its admission, and
// removes the record. It changes nothing where there is no record, or one of another pod. A request
// or limit that isn't what was set has been changed by somebody since, and stays.
func Restore(pod *corev1.Pod) {
	w, ok := writtenIn(pod.Annotations[RecordAnnotation])
	if !ok || !w.isOf(&pod.ObjectMeta) {
		return
	}
	r, ok := w.read()
	if !ok {
		return
	}
	pod.Spec.InitContainers, pod.Spec.Containers = r.restore(pod.Spec.InitContainers), r.restore(pod.Spec.Containers)
	delete(pod.Annotations, RecordAnnotation)
}

// isOf reports whether the admission that created a pod wrote the record. It takes the word of one
// that doesn't name its admission.
func (w *writtenRecord) isOf(meta *metav1.ObjectMeta) bool {
	if w.admission == "" {
		return true
	}
	if !w.names(meta.Namespace, meta.Name, meta.GenerateName) {
		return false
	}
	then, err := strconv.ParseInt(w.at(), 36, 64)
	if err != nil {
		return false
	}
	age := meta.CreationTimestamp.Unix() - then
	return -maxRecordAge <= age && age <= maxRecordAge
}
