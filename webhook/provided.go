package webhook

import (
	"context"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
)

// provided returns the decision by which a new pod counts, once it is admitted, as one that Fargate
// provides for; nil in the phase in which it doesn't. Each pod counts once, when it is judged. A pod
// that EKS has claimed need not be judged where the API server knows that nothing is found in it: it
// counts when it is mutated again, since EKS has changed it (F2.5), unless it will be refused.
func (h *handler) provided(ctx context.Context, req *request, decision *fargate.Decision) *fargate.Decision {
	pod, ok := req.object.(*corev1.Pod)
	if !ok || req.Operation != admissionv1.Create || req.SubResource != "" || req.DryRun != nil && *req.DryRun {
		return nil
	}
	_, claimed := placement.ClaimedNow(&pod.ObjectMeta, &pod.Spec)
	switch {
	case claimed != h.mutates && h.Policy.Prefilters(), h.mutates && !h.Policy.Prefilters():
		return nil
	case !h.mutates:
		return decision
	}
	judged := h.decideIn(ctx, req, fargate.Validating)
	if denied, _ := split(judged.Findings); len(denied) > 0 {
		return nil
	}
	if !decision.Placement.Fargate { // its profile isn't known here yet
		return &judged
	}
	return decision
}
