package fargate

import (
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/kinds/gateway"
)

// route decides about a route of the Gateway API by the Services that it leads to, if its Gateway is
// known to be one of the AWS Load Balancer Controller.
func (d *decider) route(r *gateway.Route) outcome {
	o := outcome{Decision: Decision{Judged: true, Placement: optedOut}}
	if placement.OptedOut(&r.ObjectMeta) {
		return o
	}
	namespace := d.namespace()
	checked := &objects.Route{Route: r, Targets: namespace.RouteTargets(r)}
	if len(checked.Targets) == 0 {
		o.Placement = placement.Placement{Reason: "no Gateway of the AWS Load Balancer Controller is known that it belongs to"}
		return o
	}
	all, plain := namespace.RouteBackends(r)
	checked.Backends = plain
	o.Placement = placementOfBackends(all)
	o.violations = objects.CheckRoute(checked, d.settings)
	return o
}
