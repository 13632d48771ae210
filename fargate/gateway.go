package fargate

import "fargate-webhook/fargate/lbc"

// targetGroups judges a TargetGroupConfiguration by the Service that it is for.
// One that is for none is a gateway's, or the default of gateways: which
// Services those lead to is said elsewhere, and may change.
func (j judge) targetGroups(c *lbc.TargetGroupConfiguration) Decision {
	d := Decision{Judged: true}
	switch {
	case optedOut(&c.ObjectMeta):
		d.Placement.Reason = optedOutReason
		return d
	case !c.Spec.TargetReference.IsService():
		d.Placement.Reason = "it is for no Service"
		return d
	}
	t := j.target(c.Spec.TargetReference.Name, "spec.targetReference.name")
	d.Placement = t.place
	rule := ruleGatewayTarget()
	if j.settings.action(&rule) == ActionOff {
		return d
	}
	if j.completes() && t.meaning == meansFargate && lacksDefault(&c.Spec) {
		d.Patch = append(d.Patch, defaultToIP(&c.Spec))
	}
	if j.request.Phase != Mutating {
		d.Findings = j.settings.acted(&rule, gatewayTarget(&c.Spec, &t, j.completes()))
	}
	return d
}

// defaultToIP sets the target type for all routes. Those with one of their own
// keep it.
func defaultToIP(spec *lbc.TargetGroupConfigurationSpec) Operation {
	const path = "/spec/defaultConfiguration"
	if spec.DefaultConfiguration == nil {
		return Operation{Op: opAdd, Path: path, Value: map[string]string{"targetType": lbc.TargetTypeIP}}
	}
	return Operation{Op: opAdd, Path: path + "/targetType", Value: lbc.TargetTypeIP}
}
