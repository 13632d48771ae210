package fargate

import (
	"fmt"
	"strings"
)

// RuleLabelJoins is about labels that are added for Fargate and by which a pod
// comes under a Service, PodDisruptionBudget or NetworkPolicy that did not
// select it before, or out of one that did (S24). It is told while the labels
// are added, since afterwards they are like any others; a policy that refuses
// has them not added, and the pod is refused for it in the validating phase.
const RuleLabelJoins RuleID = "label-joins"

func ruleLabelJoins() Rule {
	return Rule{
		ID:      RuleLabelJoins,
		Default: ActionWarn,
		Title:   "labels added for Fargate change who selects the pod",
		What: "The labels that a pod is given so that a Fargate profile selects it must not make it match the selector of a Service, " +
			"PodDisruptionBudget or NetworkPolicy of its namespace that it didn't match before, nor cease to match one. Labels that the " +
			"pod has itself are not looked at. Under Deny a pod to which this would happen is given no labels, and is refused.",
		Why: "Kubernetes knows no difference between labels for Fargate and others. A Service sends its traffic to each pod that its selector " +
			"matches, a PodDisruptionBudget counts it, a NetworkPolicy opens and closes its connections, and none of their authors saw the " +
			"label in the pod's manifest.",
		Sources: []string{
			"Kubernetes documentation, “Labels and Selectors”",
			"Amazon EKS user guide, “Define which Pods use AWS Fargate when launched”, Fargate profile components",
		},
		Remedy: "if that is meant, put the labels into the pod template yourself; else narrow the selectors, or opt the pod out",
		pod:    labelJoins,
	}
}

func labelJoins(s *subject) []Finding {
	r := s.reselected
	if r == nil || len(r.joined)+len(r.left) == 0 {
		return nil
	}
	var changes []string
	if len(r.joined) > 0 {
		changes = append(changes, "joins "+named(r.joined))
	}
	if len(r.left) > 0 {
		changes = append(changes, "leaves "+named(r.left))
	}
	added := labelList(r.place.Labels, "")
	return []Finding{{
		Field:   "metadata.labels",
		Message: fmt.Sprintf("the pod %s with the labels {%s} added", strings.Join(changes, " and "), added),
		Remedy:  fmt.Sprintf("if that is meant, put {%s} into the pod template yourself; else narrow the selectors, or opt the pod out", added),
		// Of a pod that EKS claims as it stands the profile's label can't be
		// kept: EKS puts it on as well.
		mild: r.pinsOnly(),
	}}
}
