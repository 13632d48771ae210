package report

import (
	"slices"
	"strings"

	"fargate-webhook/internal/text"
	"fargate-webhook/review"
)

// plain returns a text as one line that a terminal shows as it is.
func plain(s string) string { return text.Plain(s) }

// subject names an object: "Deployment apps/web". It isn't plain.
func subject(i *review.Item) string {
	name := i.Kind + " " + strings.TrimPrefix(i.Namespace+"/"+i.Name, "/")
	if i.PodTemplate != "" {
		name += ", " + i.PodTemplate
	}
	return name
}

// allFindings returns the findings of an object, and those of rule unknown-field.
func allFindings(i *review.Item) []review.Finding {
	return slices.Concat(i.Findings, i.UnknownFindings())
}

// refuses reports a finding for which the object, or its pods, will be refused.
func refuses(f *review.Finding) bool { return f.Action == "Deny" || f.PodsRefused }

// message returns a finding's message and remedy.
func message(f *review.Finding) string { return f.Message + "; fix: " + f.Remedy }
