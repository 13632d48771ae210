package webhook

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/webhook/metrics"
)

// provided returns the decision by which a new pod counts, once it is admitted, as one that Fargate
// provides for; nil in the phase in which it doesn't. Each pod counts once, when it is judged. A pod
// that EKS has claimed need not be judged where the API server knows that nothing is found in it: it
// counts when it is mutated again, since EKS has changed it (F2.5), unless it will be refused.
func (h *handler) provided(ctx context.Context, req *request, a *metrics.Answer) *fargate.Decision {
	pod, ok := req.object.(*corev1.Pod)
	if !ok || h.Metrics == nil || !a.Creates() {
		return nil
	}
	_, claimed := placement.ClaimedNow(&pod.ObjectMeta, &pod.Spec)
	whileMutated := claimed && h.Policy.Prefilters()
	if h.mutates != whileMutated {
		return nil
	}
	if !whileMutated {
		return a.Decision
	}
	judged := h.decideIn(ctx, req, fargate.Validating)
	if denied, _ := split(judged.Findings); len(denied) > 0 {
		return nil
	}
	if !a.Decision.Placement.Fargate { // its profile isn't known here yet
		return &judged
	}
	return a.Decision
}
