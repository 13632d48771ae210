package rules

import "fargate-webhook/policy"

// NoProfile is about a pod that no Fargate profile takes, in a cluster without other nodes (nodes:
// FargateOnly): it stays Pending. Pods that opt out or never reach a scheduler are left alone.
var NoProfile = &Rule{
	ID:          "no-profile",
	Default:     policy.Off,
	FargateOnly: policy.Deny,
	Severity:    High,
	Title:       "no Fargate profile takes the pod, and the cluster has no other nodes",
	What: "With nodes: FargateOnly in the policy, every new pod must match an ACTIVE Fargate profile, or be given the labels of one, and not require another node or scheduler. With nodes: Mixed, the default, the " +
		"rule is off.",
	Why:        "In a cluster without EC2 nodes a pod that no profile takes stays Pending, with an event about no nodes that says nothing of profiles.",
	Fix:        "create a Fargate profile that selects the namespace and labels of the pod, or change the pod's labels",
	References: []string{guideProfiles, "AWS re:Post Knowledge Center, “How do I resolve pending Fargate pods”"},
	Facts:      []string{"F1.1", "F1.13"},
	Check:      Check{Pod: noProfile, States: Elsewhere},
}

func noProfile(p *Pod) []Violation {
	if p.Placement.KeptOff || p.Placement.Withheld != nil || p.Placement.Pinned != "" || p.LabelChange != nil {
		return nil
	}
	const must = "the pod must match a Fargate profile, since the cluster has no other nodes: "
	if p.Placement.OtherNode {
		found := nodeSelection(p)
		for i := range found {
			found[i].Problem, found[i].Fix = must+found[i].Problem, "remove it, or give the cluster such nodes"
		}
		return found
	}
	reason := p.Placement.Reason
	if p.OtherNamespaces != "" {
		reason += "; " + p.OtherNamespaces
	}
	return []Violation{{
		Field:   "metadata.labels",
		Problem: must + reason,
	}}
}
