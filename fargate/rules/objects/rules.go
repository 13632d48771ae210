// Package objects holds the rules about objects that are no pods: what leads traffic to pods on
// Fargate, what makes or protects them. One rule a file, as package rules holds those about pods.
package objects

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// all are the rules, in the order in which their findings are reported.
var all = [...]*rules.Rule{
	JobTTL,
	DaemonSets,
	DaemonSetToleration,
	NodePort,
	LoadBalancerTarget,
	IngressTarget,
	GatewayTarget,
	RouteTarget,
	NetworkPolicy,
	DisruptionBudget,
	SecurityGroupPolicy,
	AWSLogging,
}

// All returns the rules, in the order in which their findings are reported. The caller must not
// change them.
func All() []*rules.Rule { return slices.Clone(all[:]) }

// CheckJob checks a Job or CronJob beyond its pods.
func CheckJob(j *Job, s *policy.Settings) []rules.Violation {
	return rules.CheckObject(all[:], j, s)
}

// CheckDaemonSet checks a DaemonSet.
func CheckDaemonSet(d *DaemonSet, s *policy.Settings) []rules.Violation {
	return append(rules.CheckOwn(d.DaemonSet, s), rules.CheckObject(all[:], d, s)...)
}

// CheckService checks a Service.
func CheckService(service *Service, s *policy.Settings) []rules.Violation {
	return append(rules.CheckOwn(service.Service, s), rules.CheckObject(all[:], service, s)...)
}

// CheckIngress checks an Ingress of the AWS Load Balancer Controller.
func CheckIngress(i *Ingress, s *policy.Settings) []rules.Violation {
	return rules.CheckObject(all[:], i, s)
}

// CheckTargetGroups checks a TargetGroupConfiguration.
func CheckTargetGroups(t *TargetGroups, s *policy.Settings) []rules.Violation {
	return rules.CheckObject(all[:], t, s)
}

// CheckRoute checks a route of the Gateway API.
func CheckRoute(r *Route, s *policy.Settings) []rules.Violation {
	return rules.CheckObject(all[:], r, s)
}

// CheckNetworkPolicy checks a NetworkPolicy.
func CheckNetworkPolicy(p *Restricted, s *policy.Settings) []rules.Violation {
	return rules.CheckObject(all[:], p, s)
}

// CheckBudget checks a PodDisruptionBudget.
func CheckBudget(b *Budget, s *policy.Settings) []rules.Violation {
	return rules.CheckObject(all[:], b, s)
}

// CheckGroups checks a SecurityGroupPolicy.
func CheckGroups(p *Grouped, s *policy.Settings) []rules.Violation {
	return rules.CheckObject(all[:], p, s)
}

// CheckLogConfig checks the configuration of the log router.
func CheckLogConfig(c *LogConfig, s *policy.Settings) []rules.Violation {
	return rules.CheckObject(all[:], c, s)
}

// CheckNamespace checks a Namespace by its metadata.
func CheckNamespace(meta *metav1.ObjectMeta, s *policy.Settings) []rules.Violation {
	return append(rules.CheckOwn(meta, s), rules.CheckObject(all[:], meta, s)...)
}
