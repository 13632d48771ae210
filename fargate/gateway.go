package fargate

import "fargate-webhook/fargate/lbc"

// targetGroups judges a TargetGroupConfiguration by the Service that it is for.
func (j judge) targetGroups(*lbc.TargetGroupConfiguration) Decision {
	return Decision{Judged: true, Placement: Placement{Reason: "it is for no pods on Fargate"}}
}
