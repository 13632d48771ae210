package rules

import (
	"fmt"
	"strings"

	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// LabelJoins is about labels, under labelJoins: Allow, added for Fargate that make a Service,
// PodDisruptionBudget or NetworkPolicy start or stop matching the pod (S24). It is reported while
// the labels are added, since they look like any others afterwards. A policy that denies it
// withholds the labels, and the validating phase refuses the pod.
var LabelJoins = &Rule{
	ID:       "label-joins",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "labels added for Fargate change what selects the pod",
	What: "With labelJoins: Allow in the policy: with the labels that a pod gets so that a Fargate profile takes it, it must not match the selector of a Service, PodDisruptionBudget or NetworkPolicy " +
		"of its namespace that it doesn't match without, nor stop matching one. The pod's own labels are not checked. Under Deny such a pod gets no labels, and is " +
		"refused.",
	Why: "Kubernetes doesn't distinguish labels for Fargate from others. A Service sends its traffic to every pod that its selector matches, a PodDisruptionBudget " +
		"counts it, a NetworkPolicy opens and closes its connections, and none of their authors saw the label in the pod's manifest.",
	Fix: "if that is intended, add the labels to the pod template yourself; otherwise narrow the selectors, or opt the pod out",
	References: []string{
		"Kubernetes documentation, “Labels and Selectors”",
		guideProfiles + ", Fargate profile components",
	},
	Facts: []string{"S24"},
	// What the pod joins is reported whether it gets the labels or not.
	Check: Check{Pod: labelJoins, States: OnFargate | Elsewhere, WhenMutating: true},
}

func labelJoins(p *Pod) []Violation {
	change := p.LabelChange
	if change == nil || len(change.Joined)+len(change.Left) == 0 {
		return nil
	}
	var changes []string
	if len(change.Joined) > 0 {
		changes = append(changes, "joins "+traffic.Names(change.Joined))
	}
	if len(change.Left) > 0 {
		changes = append(changes, "leaves "+traffic.Names(change.Left))
	}
	added := traffic.LabelList(change.Placement.Labels, "")
	return []Violation{{
		Field:   "metadata.labels",
		Problem: fmt.Sprintf("with the labels {%s} added, the pod %s", added, strings.Join(changes, " and ")),
		Fix:     fmt.Sprintf("if that is intended, add {%s} to the pod template yourself; otherwise narrow the selectors, or opt the pod out", added),
		// EKS itself adds the profile label to a pod that it claims as it stands, so that can't be
		// withheld.
		WarnOnly: change.PinsOnly(),
	}}
}
