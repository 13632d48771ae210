package handlers

import (
	"errors"

	"github.com/go-json-experiment/json"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
)

// decodeV2 decodes a review, and then the pod in it, by the JSON v2 decoder.
func decodeV2(body []byte) error {
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(body, &review); err != nil {
		return err
	}
	var pod corev1.Pod
	return errors.Join(json.Unmarshal(review.Request.Object.Raw, &pod), found(&pod))
}

// onePass is a review whose object is decoded where it stands.
type onePass struct {
	metav1.TypeMeta `json:",inline"`

	Request *struct {
		UID       string                  `json:"uid"`
		Kind      metav1.GroupVersionKind `json:"kind"`
		Name      string                  `json:"name"`
		Namespace string                  `json:"namespace"`
		Operation string                  `json:"operation"`
		Object    corev1.Pod              `json:"object"`
	} `json:"request"`
}

// decodeOnePass decodes a review and the pod in it at once, by the JSON v2 decoder.
func decodeOnePass(body []byte) error {
	var review onePass
	if err := json.Unmarshal(body, &review); err != nil {
		return err
	}
	return found(&review.Request.Object)
}

// decodeV1 decodes a review and the pod in it at once, by the decoder of the API server.
func decodeV1(body []byte) error {
	var review onePass
	if err := kjson.UnmarshalCaseSensitivePreserveInts(body, &review); err != nil {
		return err
	}
	return found(&review.Request.Object)
}

// found returns an error unless the pod was decoded.
func found(pod *corev1.Pod) error {
	if len(pod.Spec.Containers) == 0 || pod.Spec.Containers[0].Image == "" {
		return errors.New("no pod was decoded")
	}
	return nil
}
