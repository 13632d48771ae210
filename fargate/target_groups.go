package fargate

import (
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// targetGroups decides about a TargetGroupConfiguration by the Service that it names. One that
// names none belongs to a gateway, or is the default of gateways: which Services those lead to is
// defined elsewhere, and may change.
func (d *decider) targetGroups(c *lbc.TargetGroupConfiguration) outcome {
	o := outcome{Decision: Decision{Judged: true, Placement: optedOut}}
	switch {
	case placement.OptedOut(&c.ObjectMeta):
		return o
	case !c.Spec.TargetReference.IsService():
		o.Placement = placement.Placement{Reason: "it names no Service"}
		return o
	}
	t := &objects.TargetGroups{Spec: &c.Spec, Backend: d.namespace().Backend(c.Spec.TargetReference.Name, "spec.targetReference.name")}
	t.Completed = d.completes() && t.Backend.Certain()
	o.Placement = placementOf(t.Backend.Pods)
	if t.LacksDefault() && objects.GatewayTarget.Action(d.settings) != policy.Off {
		if kept := d.keepsDefault(c); kept || t.Completed {
			o.Patch = append(jsonpatch.Patch{defaultToIP(&c.Spec)}, recordField(&c.ObjectMeta, objects.DefaultTargetType)...)
			t.Completed = true
		}
	}
	if d.request.Phase != Mutating {
		o.violations = objects.CheckTargetGroups(t, d.settings)
	}
	return o
}

// keepsDefault reports an update that keeps the target type that admission set when the object was
// created.
func (d *decider) keepsDefault(c *lbc.TargetGroupConfiguration) bool {
	old, ok := d.request.Old.(*lbc.TargetGroupConfiguration)
	if !ok || !d.keeps(&c.ObjectMeta, objects.DefaultTargetType) {
		return false
	}
	props := old.Spec.DefaultConfiguration
	return props != nil && props.TargetType != nil && *props.TargetType == lbc.TargetTypeIP
}

// defaultToIP sets the target type of all routes. Routes with their own keep it.
func defaultToIP(spec *lbc.TargetGroupConfigurationSpec) jsonpatch.Operation {
	const path = "/spec/defaultConfiguration"
	if spec.DefaultConfiguration == nil {
		return jsonpatch.Add(path, map[string]string{"targetType": lbc.TargetTypeIP})
	}
	return jsonpatch.Add(path+"/targetType", lbc.TargetTypeIP)
}
