package fargate

import (
	"fmt"

	"fargate-webhook/fargate/lbc"
)

// RuleGatewayTarget is about a TargetGroupConfiguration of the AWS Load Balancer
// Controller, which has for the Gateway API what annotations have for an
// Ingress (F6.5), for a Service that selects pods on Fargate. Where neither a
// route's part of it nor the default says anything, the controller takes
// instances, which never are Fargate's (F6.1, F6.6).
const RuleGatewayTarget RuleID = "gateway-target"

func ruleGatewayTarget() Rule {
	return Rule{
		ID:      RuleGatewayTarget,
		Default: ActionDeny,
		Title:   "a route of the Gateway API leads to pods on Fargate by instance targets",
		What: "targetType in spec.defaultConfiguration of a TargetGroupConfiguration (gateway.k8s.aws), and in targetGroupProps of each of " +
			"spec.routeConfigurations. It must be ip where spec.targetReference names a Service whose selector, taken as the labels of a pod in its " +
			"namespace, means pods that a Fargate profile takes. Where the default says nothing it is set when the object is created, and " +
			"warned about later; a route that says nothing takes the default. A Service that isn't known, and a selector that means pods on " +
			"Fargate only together with other labels, are warned about at most. What refers to no Service is not looked at.",
		Why: "A target of type instance is a node port of an EC2 instance, and a Fargate node, the machine of one pod, answers on none. The " +
			"controller leaves Fargate nodes out, so the load balancer has no targets. Pods on Fargate are reached by targets of type ip.",
		Sources: []string{guideConsiderations, sourceInstances},
		Remedy:  "set spec.defaultConfiguration.targetType: " + lbc.TargetTypeIP,
	}
}

const defaultTargetTypeField = "spec.defaultConfiguration.targetType"

// gatewayTarget finds where a configuration asks for instances. completed is
// true when admission sets what it doesn't say.
func gatewayTarget(spec *lbc.TargetGroupConfigurationSpec, t *target, completed bool) []Finding {
	if t.meaning == meansOthers {
		return nil
	}
	found := func(props *lbc.TargetGroupProps, field string) []Finding {
		if props == nil || props.TargetType == nil || *props.TargetType != lbc.TargetTypeInstance {
			return nil
		}
		return []Finding{{
			Field: field, subject: t.service, mild: !t.surely(), Remedy: "set " + field + ": " + lbc.TargetTypeIP,
			Message: fmt.Sprintf("targetType is instance, and %s: those are reached by targets of type ip only", t),
		}}
	}
	all := found(spec.DefaultConfiguration, defaultTargetTypeField)
	for i := range spec.RouteConfigurations {
		field := fmt.Sprintf("spec.routeConfigurations[%d].targetGroupProps.targetType", i)
		all = append(all, found(spec.RouteConfigurations[i].TargetGroupProps, field)...)
	}
	if t.surely() && !completed && lacksDefault(spec) {
		all = append(all, Finding{
			Field: defaultTargetTypeField, mild: true,
			Message: fmt.Sprintf("targetType is instance where nothing is said, and %s", t),
		})
	}
	return all
}

// lacksDefault reports whether nothing is said for all routes.
func lacksDefault(spec *lbc.TargetGroupConfigurationSpec) bool {
	return spec.DefaultConfiguration == nil || spec.DefaultConfiguration.TargetType == nil
}
