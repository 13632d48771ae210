package fargate

import "fmt"

// RuleProfilePin is about a label eks.amazonaws.com/fargate-profile with a profile
// that isn't ACTIVE or that can't match the pod. The label chooses among
// matching profiles and replaces no match (F1.7, S3); what EKS does with such
// a pod is documented nowhere (F1.8), and the label alone makes other webhooks
// treat the pod as Fargate's (F2.14, S4).
const RuleProfilePin RuleID = "profile-pin"

func profilePin(place Placement) []Finding {
	if place.pinned == "" {
		return nil
	}
	return []Finding{{
		Rule:    RuleProfilePin,
		Action:  ActionDeny,
		Field:   fmt.Sprintf("metadata.labels[%s]", ProfileLabel),
		Message: fmt.Sprintf("the label %s names profile %q, which can't take the pod: %s", ProfileLabel, place.pinned, place.pinProblem),
		Remedy:  "name an ACTIVE Fargate profile that selects this namespace and these labels, or remove the label",
	}}
}
