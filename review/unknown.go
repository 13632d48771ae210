package review

import (
	"fmt"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/yamltext"
	"fargate-webhook/policy"
)

// UnknownField is the rule of the findings about fields that a kind doesn't have. It isn't one of the
// policy's.
const UnknownField policy.RuleID = "unknown-field"

// UnknownFindings returns a warning for each of UnknownFields.
func (i *Item) UnknownFindings() []Finding {
	list := make([]Finding, len(i.UnknownFields))
	for k, field := range i.UnknownFields {
		at := yamltext.Position{Line: i.Line}
		if k < len(i.unknownAt) {
			at = i.unknownAt[k]
		}
		list[k] = Finding{Line: at.Line, Column: at.Column, Finding: rules.Finding{
			Rule: UnknownField, Action: policy.Warn, Severity: rules.Medium, Field: field,
			Message: fmt.Sprintf("a %s of %s has no field %s: the API server drops it, or refuses the object", i.Kind, i.APIVersion, field),
			Remedy:  "correct the name of the field, or remove it",
		}}
	}
	return list
}
