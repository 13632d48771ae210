package handlers

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
	ctrladmission "sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"fargate-webhook/test/bench/bodies"
)

// usual is a webhook as controller-runtime's documentation has it: it decodes the pod, changes it,
// marshals it, and lets the library compare the two texts. It decides nothing: it is given the
// change.
type usual struct {
	decoder ctrladmission.Decoder
	// annotations and resources are what each pod and container gets; nil for a webhook that changes
	// nothing.
	annotations map[string]string
	resources   *corev1.ResourceRequirements
}

// Usual returns such a webhook that makes the change that ours makes to the first container of a
// pod, in all containers, and one that decodes the pod and allows it. pod is as ours has changed it.
func Usual(pod *corev1.Pod) (mutate, validate http.Handler, err error) {
	log.SetLogger(logr.Discard()) // the library's: it must log nothing while it is measured
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, nil, err
	}
	decoder := ctrladmission.NewDecoder(scheme)
	changes := &usual{decoder: decoder, annotations: pod.Annotations, resources: &pod.Spec.Containers[0].Resources}
	return &ctrladmission.Webhook{Handler: changes}, &ctrladmission.Webhook{Handler: &usual{decoder: decoder}}, nil
}

func (u *usual) Handle(_ context.Context, req ctrladmission.Request) ctrladmission.Response {
	pod := &corev1.Pod{}
	if err := u.decoder.Decode(req, pod); err != nil {
		return ctrladmission.Errored(http.StatusBadRequest, err)
	}
	if u.resources == nil {
		return ctrladmission.Allowed("")
	}
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	pod.Labels[bodies.Label] = bodies.Value
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	maps.Copy(pod.Annotations, u.annotations)
	for i := range pod.Spec.Containers {
		u.resources.DeepCopyInto(&pod.Spec.Containers[i].Resources)
	}
	changed, err := json.Marshal(pod)
	if err != nil {
		return ctrladmission.Errored(http.StatusInternalServerError, err)
	}
	return ctrladmission.PatchResponseFromRaw(req.Object.Raw, changed)
}
