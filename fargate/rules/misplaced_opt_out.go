package rules

import (
	"fmt"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
)

// MisplacedOptOut is about an opt-out or a profile pin that has no effect, because it is in the
// wrong place or of the wrong kind. The opt-out is an annotation of the pod (F1.17, S9), the pin a
// label of the pod (F1.7), and neither belongs to the workload.
var MisplacedOptOut = &Rule{
	ID:       "misplaced-opt-out",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "an opt-out or profile pin has no effect where it is",
	What: "The opt-out " + placement.OptOut + " must be an annotation of the pod, not a label or node selector, and not of its workload. The pin " + placement.ProfileLabel +
		" must be a label of the pod, not an annotation, and not of its workload.",
	Why: "EKS reads both from the pod only. One in the wrong place is ignored silently, and the pod runs where its author didn't want it.",
	Fix: "move it to the metadata of the pod, or of the pod template",
	References: []string{
		"Amazon EKS user guide, “Migrate from EKS Fargate to EKS Auto Mode”",
		guideProfiles,
	},
	Facts: []string{"F1.7", "F1.17", "F1.18"},
	Check: Check{Pod: misplacedOptOut, States: OnFargate | Elsewhere},
}

func misplacedOptOut(p *Pod) []Violation {
	var found []Violation
	optedOut := placement.OptedOut(p.Meta)
	add := func(field, problem, fix string, ofWorkload bool) {
		found = keep(found, Violation{Field: field, Problem: problem, Fix: fix, OfWorkload: ofWorkload})
	}
	const asAnnotation = "add the annotation " + placement.OptOut + " to the pod or pod template"
	if p.Meta.Labels[placement.ComputeTypeKey] == placement.ComputeTypeEC2 && !optedOut {
		add("metadata.labels["+placement.ComputeTypeKey+"]", "the label "+placement.OptOut+" is no opt-out: it must be an annotation", asAnnotation, false)
	}
	if p.Spec.NodeSelector[placement.ComputeTypeKey] == placement.ComputeTypeEC2 && !optedOut {
		add("spec.nodeSelector["+placement.ComputeTypeKey+"]", "the node selector "+placement.OptOut+" is no opt-out, and no node has that label", asAnnotation, false)
	}
	if value, ok := p.Meta.Annotations[placement.ProfileLabel]; ok && p.Meta.Labels[placement.ProfileLabel] == "" {
		add(annotationField(placement.ProfileLabel), fmt.Sprintf("the annotation %s: %s pins nothing: it must be a label", placement.ProfileLabel, value),
			"add it to the labels of the pod or pod template", false)
	}
	if p.Owner == nil {
		return found
	}
	if placement.OptedOut(p.Owner) && !optedOut {
		add(annotationField(placement.ComputeTypeKey), "the annotation "+placement.OptOut+" of the workload doesn't opt its pods out", asAnnotation, true)
	}
	if value := p.Owner.Labels[placement.ProfileLabel]; value != "" && p.Meta.Labels[placement.ProfileLabel] == "" {
		add("metadata.labels["+placement.ProfileLabel+"]", fmt.Sprintf("the label %s: %s of the workload doesn't pin its pods", placement.ProfileLabel, value),
			"add it to the labels of the pod template", true)
	}
	return found
}
