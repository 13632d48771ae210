package rules

import (
	"fmt"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
)

// ProfilePin is about the label eks.amazonaws.com/fargate-profile with a profile that isn't ACTIVE
// or that can't match the pod. The label chooses among matching profiles and replaces no match
// (F1.7, S3). What EKS does with such a pod is not documented (F1.8), and the label alone makes
// other webhooks treat the pod as one on Fargate (F2.14, S4).
var ProfilePin = &Rule{
	ID:       "profile-pin",
	Default:  policy.Deny,
	Severity: High,
	Title:    "the pod names a Fargate profile that can't take it",
	What: "The pod label " + placement.ProfileLabel + " must name an ACTIVE Fargate profile that selects the pod's namespace, and whose labels the pod has or " +
		"can be given.",
	Why: "The label chooses among the profiles that match a pod; it doesn't replace a match. What EKS does with a pod whose label names another profile is not " +
		"documented, and the label alone makes other admission webhooks treat the pod as one on Fargate.",
	Fix: "name an ACTIVE Fargate profile that selects this namespace and these labels, or remove the label",
	References: []string{
		guideProfiles + ", Fargate profile wildcards",
		"https://github.com/aws/containers-roadmap/issues/2654",
		"aws/amazon-vpc-resource-controller-k8s, webhooks/core/pod_webhook.go",
	},
	Facts: []string{"F1.7", "F1.8", "F2.14"},
	Check: Check{Pod: profilePin, States: Elsewhere},
}

func profilePin(p *Pod) []Violation {
	if p.Placement.Pinned == "" {
		return nil
	}
	return []Violation{{
		Field: fmt.Sprintf("metadata.labels[%s]", placement.ProfileLabel),
		Problem: fmt.Sprintf("the label %s must name a profile that can take the pod, not %q: %s",
			placement.ProfileLabel, p.Placement.Pinned, p.Placement.PinProblem),
	}}
}
