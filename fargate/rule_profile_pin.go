package fargate

import "fmt"

// RuleProfilePin is about a label eks.amazonaws.com/fargate-profile with a profile
// that isn't ACTIVE or that can't match the pod. The label chooses among
// matching profiles and replaces no match (F1.7, S3); what EKS does with such
// a pod is documented nowhere (F1.8), and the label alone makes other webhooks
// treat the pod as Fargate's (F2.14, S4).
const RuleProfilePin RuleID = "profile-pin"

func ruleProfilePin() Rule {
	return Rule{
		ID:      RuleProfilePin,
		Default: ActionDeny,
		Title:   "the pod names a Fargate profile that can't take it",
		What: "The pod label " + ProfileLabel + " must name an ACTIVE Fargate profile that selects the pod's namespace and whose labels " +
			"the pod has, or can be given.",
		Why: "The label chooses among the profiles that match a pod; it replaces no match. What EKS does with a pod whose label names " +
			"another profile is documented nowhere, and the label alone makes other admission webhooks treat the pod as one on Fargate.",
		Sources: []string{
			"Amazon EKS user guide, “Define which Pods use AWS Fargate when launched”, Fargate profile wildcards",
			"https://github.com/aws/containers-roadmap/issues/2654",
			"aws/amazon-vpc-resource-controller-k8s, webhooks/core/pod_webhook.go",
		},
		Remedy: "name an ACTIVE Fargate profile that selects this namespace and these labels, or remove the label",
		pod:    profilePin,

		elsewhere: true,
	}
}

func profilePin(s *subject) []Finding {
	if s.placement.pinned == "" {
		return nil
	}
	return []Finding{{
		Field:   fmt.Sprintf("metadata.labels[%s]", ProfileLabel),
		Message: fmt.Sprintf("the label %s names profile %q, which can't take the pod: %s", ProfileLabel, s.placement.pinned, s.placement.pinProblem),
	}}
}
