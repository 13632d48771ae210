package objects

import (
	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// Restricted is a NetworkPolicy.
type Restricted struct {
	*networkingv1.NetworkPolicy
	Pods traffic.Selection
}

// NetworkPolicy is about a NetworkPolicy that selects only, or also, pods on Fargate. The VPC CNI
// enforces network policies on EC2 nodes only, and Fargate takes no other CNI (F4.30).
var NetworkPolicy = &rules.Rule{
	ID:       "network-policy",
	Default:  policy.Warn,
	Severity: rules.Medium,
	Title:    "a NetworkPolicy isn't enforced for pods on Fargate",
	What: "In a review, a NetworkPolicy whose spec.podSelector selects pods of a known workload that run on Fargate or, where no workload of such pods is known, whose " +
		"podSelector, taken as the labels of a pod, would take that pod to Fargate. One that allows all traffic is not checked.",
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
	if !p.Pods.OnFargate() || allowsAll(&p.Spec) {
		return nil
	}
	v := rules.Violation{Field: "spec.podSelector", Problem: "nothing enforces a NetworkPolicy for pods on Fargate, and this one " + p.Pods.Because()}
	if len(p.Pods.Off) > 0 {
		v.Problem += "; it can only protect those that run elsewhere"
	}
	return []rules.Violation{v}
}

// allowsAll reports a policy that restricts nothing in each of its directions. Without policyTypes
// it is about ingress, and about egress if it has rules for that.
func allowsAll(spec *networkingv1.NetworkPolicySpec) bool {
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
