package objects

import (
	"fmt"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/gateway"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// Route is a route of the Gateway API.
type Route struct {
	*gateway.Route
	// Targets are how it reaches Services by each Gateway of the AWS Load Balancer Controller.
	Targets []traffic.RouteTargets
	// Backends are the Services without a TargetGroupConfiguration of their own.
	Backends []traffic.Backend
}

// RouteTarget is about a route of the Gateway API to a Service on Fargate for which nothing, or only
// what holds for the whole Gateway, sets the target type: the controller uses instances by default
// (F6.1, F6.5, F6.6).
var RouteTarget = &rules.Rule{
	ID:       "route-target",
	Default:  policy.Warn,
	Severity: rules.High,
	Title:    "a route of the Gateway API leads to pods on Fargate by the default of its Gateway, instance targets",
	What: "In a review, an HTTPRoute, GRPCRoute, TCPRoute, TLSRoute or UDPRoute whose Gateway is one of the AWS Load Balancer Controller, by its GatewayClass. Where a Service of its namespace that " +
		"it names has pods on Fargate and no TargetGroupConfiguration of its own, the default TargetGroupConfiguration of the Gateway or of its class must set target type ip (rule gateway-target " +
		"is about those of Services). It is not checked where the Gateway, its class or their parameters are not known, nor for Services of other namespaces.",
	Why: "Without a target type the controller uses instance: node ports of EC2 instances. A Fargate node serves none, and the controller leaves Fargate nodes out, so the load balancer has no " +
		"targets. A controller that was started with --default-target-type=ip is right without it; the warning can be turned off then.",
	Fix: "create a TargetGroupConfiguration whose targetReference names the Service, with defaultConfiguration.targetType: " + lbc.TargetTypeIP,
	References: []string{
		rules.GuideConsiderations, noInstanceTargets,
		"AWS Load Balancer Controller, “TargetGroupConfiguration”, configuration resolution order",
	},
	Facts: []string{"F6.1", "F6.5", "F6.6"},
	Check: rules.About(routeTarget),
}

func routeTarget(r *Route) []rules.Violation {
	var found []rules.Violation
	for i := range r.Targets {
		targets := &r.Targets[i]
		if targets.TargetType != "" && targets.TargetType != lbc.TargetTypeInstance {
			continue
		}
		for k := range r.Backends {
			b := &r.Backends[k]
			if !b.Surely() {
				continue
			}
			by := "since nothing sets another target type"
			if targets.From != "" {
				by = "which " + targets.From + " sets"
			}
			found = rules.Keep(found, rules.Violation{
				Subject: rules.FieldSubject(b.Field), Field: b.Field, About: b.Service,
				Problem: fmt.Sprintf("gets target type instance from Gateway %q, %s: %s; %s", targets.Gateway, by, b, ipOnly),
			})
		}
	}
	return found
}
