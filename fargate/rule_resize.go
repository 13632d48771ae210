package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// RuleResize is about a running pod that is resized in place (subresource
// resize) to more than Fargate provisioned for it. A pod can't use more than
// that (F3.8). What was provisioned is counted from the pod itself: the
// annotation CapacityProvisioned can be written by anybody (S30).
const RuleResize RuleID = "resize"

func ruleResize() Rule {
	return Rule{
		ID:      RuleResize,
		Default: ActionWarn,
		Title:   "a running pod is resized to more than Fargate provisioned for it",
		What:    "An update of a pod's subresource resize whose requests need another size than those before it.",
		Why: "Fargate provisions a pod when it is scheduled, and the pod can't use more than that. Whether it may be resized within its " +
			"size is documented nowhere.",
		Sources: []string{"Amazon EKS user guide, “Understand Fargate Pod configuration details”"},
		Remedy:  "change the requests in the pod's template, so that it is made anew; the Vertical Pod Autoscaler does so with updateMode Recreate",
		pod:     resize,
	}
}

func resize(s *subject) []Finding {
	old, ok := s.request.Old.(*corev1.Pod)
	if s.request.SubResource != SubResourceResize || !ok {
		return nil
	}
	before, ok := SizeFor(Requested(&old.Spec))
	if !ok || s.requested.within(before.Budget()) {
		return nil
	}
	return []Finding{{
		Field:   "spec.containers",
		Message: fmt.Sprintf("the pod was provisioned with %s, and the %s CPU and %s of memory that it is to request don't fit that", before, s.requested.CPU(), s.requested.Memory()),
	}}
}
