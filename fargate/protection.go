package fargate

import (
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/logconf"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/sgp"
)

// selecting returns the outcome for an object that selects pods.
func selecting(meta *metav1.ObjectMeta, pods *traffic.Selection) outcome {
	place := placement.Placement{Fargate: pods.OnFargate(), Profile: pods.Profile, Reason: pods.Reason}
	if len(pods.On) > 0 {
		place.Profile = pods.Profiles[0]
	}
	if placement.OptedOut(meta) {
		place = optedOut
	}
	return outcome{Decision: Decision{Judged: true, Placement: place}}
}

// budget decides about a PodDisruptionBudget, by the pods that it selects.
func (d *decider) budget(b *policyv1.PodDisruptionBudget) outcome {
	namespace := d.namespace()
	pods := namespace.Select(&b.ObjectMeta, b.Spec.Selector)
	o := selecting(&b.ObjectMeta, &pods)
	checked := &objects.Budget{PodDisruptionBudget: b, Pods: pods}
	if pods.OnFargate() {
		checked.Replicas, checked.Other = d.replicasOf(&pods), d.otherBudget(b, &pods)
	}
	o.violations = objects.CheckBudget(checked, d.settings)
	return o
}

// otherBudget returns the name of another budget that selects one of the workloads on Fargate, ""
// for none.
func (d *decider) otherBudget(b *policyv1.PodDisruptionBudget, pods *traffic.Selection) string {
	if d.request.Cluster == nil {
		return ""
	}
	for i := range pods.On {
		labels := pods.On[i].Meta.Labels
		budgets, err := cluster.Selecting(d.request.Cluster, cluster.PodDisruptionBudgets, d.request.Namespace, labels)
		if err != nil {
			return "" // nothing is known of another one
		}
		for _, other := range cluster.Typed[*policyv1.PodDisruptionBudget](budgets) {
			if other.Name != b.Name && other.Spec.Selector != nil && traffic.Matches(other.Spec.Selector, labels) {
				return other.Name
			}
		}
	}
	return ""
}

// securityGroups decides about a SecurityGroupPolicy, by the pods that it selects. Which labels
// ServiceAccounts have isn't known.
func (d *decider) securityGroups(p *sgp.SecurityGroupPolicy) outcome {
	pods := traffic.Selection{Reason: "it selects pods by their ServiceAccounts, which are not looked at"}
	if p.Spec.ServiceAccountSelector == nil {
		pods = d.namespace().Select(&p.ObjectMeta, p.Spec.PodSelector)
	}
	o := selecting(&p.ObjectMeta, &pods)
	o.violations = objects.CheckGroups(&objects.Grouped{SecurityGroupPolicy: p, Pods: pods}, d.settings)
	return o
}

// logConfig decides about the ConfigMap of Fargate's log router, and about no other.
func (d *decider) logConfig(c *corev1.ConfigMap) outcome {
	if c.Name != logconf.Name || d.request.Namespace != logconf.Namespace {
		return outcome{Decision: Decision{Placement: placement.Placement{Reason: "of ConfigMaps only that of the log router is judged, " + logconf.Namespace + "/" + logconf.Name}}}
	}
	return outcome{
		Decision:   Decision{Judged: true, Placement: placement.Placement{Reason: "it configures the log router of pods on Fargate"}},
		violations: objects.CheckLogConfig(&objects.LogConfig{ConfigMap: c}, d.settings),
	}
}
