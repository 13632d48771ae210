package rules

import (
	"fmt"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// LabelsMissing is about a pod that should have been given the labels of a Fargate profile when it
// was created, and reaches the validating phase without them (S21): the mutating webhook wasn't
// called, or another webhook removed them. By then EKS has looked at the pod, not claimed it, and
// never looks again (F1.13, S1, S23). Nothing else is said of such a pod. The label that pins a
// profile doesn't count: EKS claims the pod without it. Labels withheld for label-adopted or
// label-joins aren't missing.
var LabelsMissing = &Rule{
	ID:       "labels-missing",
	Default:  policy.Deny,
	Severity: High,
	Title:    "the pod was not given the labels that take it to Fargate",
	What:     "A new pod that a Fargate profile would take with more labels must have these labels after all mutating webhooks have been called.",
	Why: "EKS claims pods for Fargate only while they are created. A pod whose labels are missing by then stays Pending where there are no EC2 nodes, and runs on " +
		"the wrong nodes where there are.",
	Fix: "add the labels to the pod template; or check that this webhook's mutating configuration exists, that the webhook answers, and that no later webhook " +
		"removes labels",
	References: []string{
		guideProfiles,
		"Kubernetes documentation, “Dynamic Admission Control”: mutating webhooks before validating ones",
	},
	Facts: []string{"F1.13"},
	Check: Check{Pod: labelsMissing, States: WithoutItsLabels},
}

func labelsMissing(p *Pod) []Violation {
	labels := traffic.LabelList(p.Placement.Labels, placement.ProfileLabel)
	return []Violation{{
		Field:   "metadata.labels",
		Problem: fmt.Sprintf("the labels {%s} of Fargate profile %q were not added to the pod when it was created", labels, p.Placement.Profile),
		Fix: fmt.Sprintf("add {%s} to the labels of the pod template; or check that this webhook's mutating configuration exists, "+
			"that the webhook answers, and that no later webhook removes labels", labels),
	}}
}
