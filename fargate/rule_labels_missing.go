package fargate

import "fmt"

// RuleLabelsMissing is about a pod that should have got the labels of a Fargate
// profile when it was created, and that stands before the validating phase
// without them (S21): the mutating webhook was not asked, or what it added was
// taken away. EKS has looked by then and not claimed it, and never looks again
// (F1.13, S1, S23), so nothing else is said of such a pod. The label that pins
// a profile doesn't count: EKS claims the pod without it. Labels that were kept
// back for the sake of label-adopted or label-joins are not missing.
const RuleLabelsMissing RuleID = "labels-missing"

func ruleLabelsMissing() Rule {
	return Rule{
		ID:      RuleLabelsMissing,
		Default: ActionDeny,
		Title:   "the pod was not given the labels that take it to Fargate",
		What: "A pod that is created, that a Fargate profile would select with labels added, must have these labels when all mutating webhooks " +
			"have had their turn.",
		Why: "EKS claims pods for Fargate while they are created and never later. A pod that should have been given labels then, and was not, " +
			"stays Pending where there are no EC2 nodes, and runs on the wrong nodes where there are.",
		Sources: []string{
			"Amazon EKS user guide, “Define which Pods use AWS Fargate when launched”",
			"Kubernetes documentation, “Dynamic Admission Control”: mutating webhooks before validating ones",
		},
		Remedy: "add the labels to the pod template; or see that this webhook's mutating configuration is there, is answered, and that no webhook after it removes labels",
		pod:    labelsMissing,
	}
}

func labelsMissing(s *subject) []Finding {
	labels := labelList(s.placement.Labels, ProfileLabel)
	return []Finding{{
		Field:   "metadata.labels",
		Message: fmt.Sprintf("Fargate profile %q selects pods with the labels {%s}, and they were not added to this one", s.placement.Profile, labels),
		Remedy: fmt.Sprintf("add {%s} to the labels of the pod template; or see that this webhook's mutating configuration is there, "+
			"is answered, and that no webhook after it removes labels", labels),
	}}
}

// lacksLabels reports a pod that labels-missing is about: it will not be
// Fargate's, so that no other rule is.
func (s *subject) lacksLabels() bool {
	if s.request.Phase != Validating || s.request.Operation != OperationCreate {
		return false
	}
	for key := range s.placement.Labels {
		if key != ProfileLabel {
			return true
		}
	}
	return false
}
