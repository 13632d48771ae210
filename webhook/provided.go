package webhook

import (
	"context"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/webhook/metrics"
)

// provided returns the decision by which a new pod counts, once it is admitted, as one that Fargate
// provides for; nil in the phase in which it doesn't. Each pod counts once, when it is judged. Where
// the API server knows of most pods that they need not be judged, it counts when it is mutated for the
// first time, unless it will be refused.
func (h *handler) provided(ctx context.Context, req *request, a *metrics.Answer) *fargate.Decision {
	pod, ok := req.object.(*corev1.Pod)
	if !ok || h.Metrics == nil || !a.Creates() || h.mutates != h.Policy.Prefilters() {
		return nil
	}
	switch {
	case !h.mutates:
		return a.Decision
	case a.Decision.WillBeRefused:
		return nil
	case !again(pod):
		return a.Decision
	case a.Decision.Placement.Fargate:
		return nil // it has counted
	}
	// Its profile isn't known here yet, and was not when it was mutated for the first time.
	judged := h.decideIn(ctx, req, fargate.Validating)
	if denied, _ := split(judged.Findings); len(denied) > 0 {
		return nil
	}
	return &judged
}

// again reports a pod that is mutated for the second time, since EKS has claimed it (F2.5).
func again(pod *corev1.Pod) bool {
	_, claimed := placement.ClaimedNow(&pod.ObjectMeta, &pod.Spec)
	return claimed
}

// foresees reports whether it has to be known of a pod that is mutated whether it will be refused:
// where it counts now.
func (h *handler) foresees(req *request) bool {
	pod, ok := req.object.(*corev1.Pod)
	return ok && h.mutates && h.Metrics != nil && h.Policy.Prefilters() && req.Operation == admissionv1.Create && !again(pod)
}
