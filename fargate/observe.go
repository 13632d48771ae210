package fargate

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// observed returns the decision of mode Observe, which treats all objects as exempt, with the
// findings of mode Enforce as warnings.
func observed(object runtime.Object, request Request, index *profiles.Index, p *policy.Policy, enforced Decision) Decision {
	request.Exempt = true
	decision := decide(object, request, index, p)
	decision.Exempt, decision.Enforced = false, &enforced
	decision.Findings, decision.Ignored = slices.Clone(enforced.Findings), slices.Clone(enforced.Ignored)
	for i := range decision.Findings {
		if f := &decision.Findings[i]; f.Action == policy.Deny {
			f.Action, f.WouldDeny = policy.Warn, true
		}
	}
	for i := range decision.Ignored {
		decision.Ignored[i].Refused = false
	}
	return decision
}
