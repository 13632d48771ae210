package objects

import (
	"fmt"
	"slices"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/sgp"
	"fargate-webhook/policy"
)

// Grouped is a SecurityGroupPolicy.
type Grouped struct {
	*sgp.SecurityGroupPolicy
	Pods traffic.Selection
}

// SecurityGroupPolicy is about a SecurityGroupPolicy for pods on Fargate. Its groups replace the
// cluster security group (F8.11), and the pods need what that lets in: probes from the kubelet and
// DNS (F10.4).
var SecurityGroupPolicy = &rules.Rule{
	ID:       "security-group-policy",
	Default:  policy.Warn,
	Severity: rules.Medium,
	Title:    "a SecurityGroupPolicy may cut pods on Fargate off from probes and DNS",
	What: "In a review, a SecurityGroupPolicy that selects pods on Fargate by its podSelector (rule network-policy says how that is known). spec.securityGroups.groupIds must not have " +
		"more than 5 groups. A single group should be more than one: whether it is the cluster security group, or lets in the same, the manifest doesn't say. One that " +
		"selects by ServiceAccount is not checked.",
	Why: "Pods on Fargate have the cluster security group, which lets its members reach each other. A SecurityGroupPolicy replaces it. If its groups don't let in the kubelet, probes fail and " +
		"the pod is killed again and again; if those of CoreDNS don't let in these pods, no name is resolved.",
	Fix: "add the cluster security group to spec.securityGroups.groupIds; or let the group in on TCP and UDP port 53 of CoreDNS, and the cluster security group in on the ports of " +
		"the probes, and ignore this warning",
	References: []string{
		"Amazon EKS user guide, “Assign security groups to individual Pods”, considerations",
		"AWS re:Post, “How do I configure a Fargate Pod to use a custom security group?”",
	},
	Facts: []string{"F8.11", "F10.4"},
	Check: rules.About(securityGroupPolicy),
}

func securityGroupPolicy(p *Grouped) []rules.Violation {
	const field = "spec.securityGroups.groupIds"
	if !p.Pods.OnFargate() {
		return nil
	}
	switch groups := slices.Compact(slices.Sorted(slices.Values(p.Spec.SecurityGroups.GroupIDs))); {
	case len(groups) > sgp.MaxGroups:
		return []rules.Violation{{
			Subject: rules.FieldSubject(field), Field: field, Problem: fmt.Sprintf("must not have more than %d security groups, not %d", sgp.MaxGroups, len(groups)),
			Fix: fmt.Sprintf("join rules, so that %d groups are enough", sgp.MaxGroups),
		}}
	case len(groups) == 1:
		return []rules.Violation{{
			Subject: rules.FieldSubject(field), Value: groups[0], Field: field,
			Problem: "is the only security group of the pods: unless it is the cluster security group, it must let in the kubelet's probes, and CoreDNS must let it in; the policy " + p.Pods.Because(),
		}}
	}
	return nil
}
