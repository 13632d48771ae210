package objects

import (
	"fmt"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// GatewayTarget is about a TargetGroupConfiguration of the AWS Load Balancer Controller, which has
// for the Gateway API what annotations have for an Ingress (F6.5), for a Service that selects pods
// on Fargate. Where neither a route's part nor the default sets a target type, the controller uses
// instances, which never are Fargate nodes (F6.1, F6.6).
var GatewayTarget = &rules.Rule{
	ID:       "gateway-target",
	Default:  policy.Deny,
	Severity: rules.High,
	Title:    "a route of the Gateway API leads to pods on Fargate by instance targets",
	What: "targetType in spec.defaultConfiguration of a TargetGroupConfiguration (gateway.k8s.aws), and in targetGroupProps of each of spec.routeConfigurations. It " +
		"must be ip where spec.targetReference names a Service whose pods run on Fargate (rule node-port says how that is known). A missing default is set when the object " +
		"is created, and warned about later; a route without one uses the default. A Service that isn't known, and pods of which it isn't certain, are warned about at " +
		"most. A configuration that names no Service is not checked.",
	Why: "A target of type instance is a node port of an EC2 instance, and a Fargate node, the machine of one pod, serves none. The controller leaves Fargate nodes " +
		"out, so the load balancer has no targets. Pods on Fargate are reachable by targets of type ip.",
	Fix:        "set spec.defaultConfiguration.targetType: " + lbc.TargetTypeIP + orOptOut + "Service, or to the " + lbc.TargetGroupKind,
	References: []string{rules.GuideConsiderations, noInstanceTargets},
	Facts:      []string{"F6.1", "F6.5", "F6.6"},
	Check:      rules.About(gatewayTarget),
}

// DefaultTargetType is the field for the target type of all routes.
const DefaultTargetType = "spec.defaultConfiguration.targetType"

func gatewayTarget(t *TargetGroups) []rules.Violation {
	if t.Backend.OnFargate == traffic.Never && !t.Backend.Certain() {
		return nil
	}
	surely := t.Backend.Surely()
	var found []rules.Violation
	check := func(props *lbc.TargetGroupProps, path string) {
		if props != nil && props.TargetType != nil && *props.TargetType == lbc.TargetTypeInstance {
			found = rules.Keep(found, rules.Violation{
				Subject: rules.FieldSubject(path), Field: path, About: t.Backend.Service, WarnOnly: !surely, Fix: "set targetType: " + lbc.TargetTypeIP + orOptOut + "Service, or to the " + lbc.TargetGroupKind,
				Problem: fmt.Sprintf("must be ip, not instance: %s; %s", &t.Backend, ipOnly),
			})
		}
	}
	check(t.Spec.DefaultConfiguration, DefaultTargetType)
	for i := range t.Spec.RouteConfigurations {
		check(t.Spec.RouteConfigurations[i].TargetGroupProps, fmt.Sprintf("spec.routeConfigurations[%d].targetGroupProps.targetType", i))
	}
	if t.LacksDefault() && !t.Completed && (surely || t.Backend.Unknown != "") {
		found = rules.Keep(found, rules.Violation{
			Field: DefaultTargetType, WarnOnly: true,
			Problem: fmt.Sprintf("no default target type is set, so the AWS Load Balancer Controller uses instance: %s; %s", &t.Backend, ipOnly),
		})
	}
	return found
}
