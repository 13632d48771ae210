package webhook

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds"
	"fargate-webhook/webhook/metrics"
)

// provided returns the decision by which a new pod counts, once it is admitted, as one that Fargate
// provides for; nil in the phase in which it doesn't. Each pod counts once, when it is judged. Where
// the API server knows of most pods that they need not be judged, it counts when it is mutated for the
// first time, unless it will be refused.
func (h *handler) provided(ctx context.Context, req *request, a *metrics.Answer) *fargate.Decision {
	if !h.countsNewPod(a) || h.mutates != h.Policy.Prefilters() {
		return nil
	}
	switch {
	case !h.mutates:
		return a.Decision
	case a.Decision.WillBeRefused:
		return nil
	case !a.Again:
		return a.Decision
	case a.Decision.Placement.Fargate:
		return nil // it has counted
	}
	// Its profile isn't known here yet, and was not when it was mutated for the first time.
	judged := h.decideIn(ctx, req, fargate.Validating, false)
	if denied, _ := split(judged.Findings); len(denied) > 0 {
		return nil
	}
	return &judged
}

// foresees reports whether it has to be known of a pod that is mutated whether it will be refused:
// where it counts now.
func (h *handler) foresees(a *metrics.Answer) bool {
	return h.mutates && h.Policy.Prefilters() && h.countsNewPod(a) && !a.Again
}

// countsNewPod reports a new pod that counts, in this phase or in the other one.
func (h *handler) countsNewPod(a *metrics.Answer) bool {
	_, ok := a.Object.(*corev1.Pod)
	return ok && h.Metrics != nil && a.Creates()
}

// mutatedBefore reports a pod that is mutated for the second time, since EKS has claimed it (F2.5).
func mutatedBefore(object kinds.Object) bool {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return false
	}
	_, claimed := placement.ClaimedNow(&pod.ObjectMeta, &pod.Spec)
	return claimed
}
