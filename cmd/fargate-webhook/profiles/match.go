package profiles

import (
	"fmt"
	"io"
	"strings"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
)

// answer is the output of --match.
type answer struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	Fargate   bool              `json:"fargate"`
	Profile   string            `json:"profile,omitempty"`
	Reason    string            `json:"reason"`
	// Adds are the labels that the webhook adds. Lacks are the labels that the pod needs to match a
	// profile and that the policy does not let the webhook add.
	Adds  map[string]string `json:"adds"`
	Lacks map[string]string `json:"lacks"`
	// EquallyNear are the profiles that would take it with as many other labels.
	EquallyNear []placement.Near `json:"equallyNear,omitempty"`
	// Findings are those of a review, such as why labels are not added.
	Findings []rules.Finding `json:"findings,omitempty"`
}

func newAnswer(namespace string, labels map[string]string, match *fargate.Match) *answer {
	place := &match.Placement
	return &answer{
		Namespace: namespace, Labels: labels, Fargate: place.Fargate, Profile: place.Profile, Reason: place.Reason,
		Adds: notNil(place.Labels), Lacks: notNil(match.Missing), EquallyNear: place.EquallyNear, Findings: match.Findings,
	}
}

// notNil makes "no labels" {} in JSON, not null.
func notNil(labels map[string]string) map[string]string {
	if labels == nil {
		return map[string]string{}
	}
	return labels
}

func (a *answer) writeText(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "A pod in namespace %s ", a.Namespace)
	if len(a.Labels) == 0 {
		text.WriteString("without labels ")
	} else {
		fmt.Fprintf(&text, "with labels %s ", formatLabels(a.Labels))
	}
	if a.Fargate {
		fmt.Fprintf(&text, "runs on Fargate (profile %s): %s.\n", a.Profile, a.Reason)
	} else {
		fmt.Fprintf(&text, "does not run on Fargate: %s.\n", a.Reason)
	}
	if len(a.Adds) > 0 {
		fmt.Fprintf(&text, "Labels that the webhook adds: %s\n", formatLabels(a.Adds))
	}
	if len(a.Lacks) > 0 {
		fmt.Fprintf(&text, "Labels that are missing, and that the policy does not let the webhook add: %s\n", formatLabels(a.Lacks))
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		fmt.Fprintf(&text, "%s [%s]: %s\n  fix: %s\n", f.Action, f.Rule, f.Message, f.Remedy)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
