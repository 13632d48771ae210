package objects

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// Restricted is a network policy of some kind that restricts traffic of pods.
type Restricted struct {
	// Kind is that of the policy, with its article: "a NetworkPolicy".
	Kind string
	// Field selects its pods.
	Field string
	Pods  traffic.Selection
	// Namespace is that of the pods, if the policy itself has none.
	Namespace string
}

// NetworkPolicy is about a NetworkPolicy, or one of the VPC CNI's own kinds, that selects only, or
// also, pods on Fargate. The VPC CNI enforces network policies on EC2 nodes only, and Fargate takes
// no other CNI (F4.30).
var NetworkPolicy = &rules.Rule{
	ID:       "network-policy",
	Default:  policy.Warn,
	Severity: rules.Medium,
	Title:    "a NetworkPolicy isn't enforced for pods on Fargate",
	What: "In a review, a NetworkPolicy whose spec.podSelector selects pods of a known workload that run on Fargate or, where no workload of such pods is known, whose " +
		"podSelector, taken as the labels of a pod, would take that pod to Fargate; so also an ApplicationNetworkPolicy and a ClusterNetworkPolicy of the VPC CNI (networking.k8s.aws), the " +
		"latter in namespaces that it names or profiles select by name, and by an example where they do by a pattern, if its subject selects namespaces by their names or all. One that allows all traffic is not checked.",
	Why: "The network policies of the Amazon VPC CNI are enforced by an agent on EC2 nodes. Fargate nodes have none, and run no other CNI such as Calico or Cilium. The API server stores the " +
		"policy, and everybody can reach the pods as if it weren't there.",
	Fix: "give the pods security groups of their own with a SecurityGroupPolicy, which works on Fargate, or run them on EC2 nodes",
	References: []string{
		"Amazon EKS user guide, “Limit Pod traffic with Kubernetes network policies”, considerations",
		rules.GuideConsiderations + "; “Assign security groups to individual Pods”",
	},
	Facts: []string{"F4.30", "F10.4"},
	Check: rules.About(networkPolicy),
}

func networkPolicy(p *Restricted) []rules.Violation {
	if !p.Pods.OnFargate() {
		return nil
	}
	v := rules.Violation{Field: p.Field, Problem: "nothing enforces " + p.Kind + " for pods on Fargate, and this one " + p.Pods.Because()}
	if p.Namespace != "" {
		v.Problem += fmt.Sprintf(" in namespace %q", p.Namespace)
	}
	if len(p.Pods.Off) > 0 {
		v.Problem += "; it can only protect those that run elsewhere"
	}
	return []rules.Violation{v}
}

// AllowsAll reports a policy that restricts nothing in each of its directions. Without policyTypes
// it is about ingress, and about egress if it has rules for that.
func AllowsAll(spec *networkingv1.NetworkPolicySpec) bool {
	ingress, egress := len(spec.PolicyTypes) == 0, len(spec.PolicyTypes) == 0 && len(spec.Egress) > 0
	for _, t := range spec.PolicyTypes {
		ingress, egress = ingress || t == networkingv1.PolicyTypeIngress, egress || t == networkingv1.PolicyTypeEgress
	}
	all := func(restricted, open bool) bool { return !restricted || open }
	openIngress, openEgress := false, false
	for i := range spec.Ingress {
		openIngress = openIngress || len(spec.Ingress[i].From)+len(spec.Ingress[i].Ports) == 0
	}
	for i := range spec.Egress {
		openEgress = openEgress || len(spec.Egress[i].To)+len(spec.Egress[i].Ports) == 0
	}
	return all(ingress, openIngress) && all(egress, openEgress)
}
