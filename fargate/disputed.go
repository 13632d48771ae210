package fargate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// disputed reports a new pod that would be refused because it isn't on Fargate as it stands, though
// that may be nobody's fault but ours: the replica that was asked to change it may have decided by
// an earlier list of profiles, or may not have answered where the policy lets pods pass then. EKS
// settles other disputes: it marks the pods that it claims (F2.5).
func (d *decider) disputed(object runtime.Object, o *outcome, p *policy.Policy) bool {
	pod, ok := object.(*corev1.Pod)
	if !ok || d.request.Phase != Validating || d.request.Operation != OperationCreate || !denies(o.violations) {
		return false
	}
	missing := o.Placement.AddsSelectorLabels()
	if o.Placement.Fargate && !missing {
		return false // it is refused for what Fargate can't run
	}
	if missing && p.FailurePolicy(kinds.Pods.Resource, policy.FailurePolicyFail) == policy.FailurePolicyIgnore {
		return true
	}
	return slices.ContainsFunc(d.request.Earlier, func(earlier *profiles.Index) bool {
		return !denies(newDecider(d.request, earlier, p).decide(pod).violations)
	})
}

func denies(violations []rules.Violation) bool {
	return slices.ContainsFunc(violations, func(v rules.Violation) bool { return v.Action == policy.Deny })
}
