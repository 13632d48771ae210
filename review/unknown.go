package review

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/internal/yamltext"
	"fargate-webhook/migration"
	"fargate-webhook/policy"
)

// UnknownField is the rule of the findings about fields that a kind doesn't have. It isn't one of the
// policy's.
const UnknownField policy.RuleID = "unknown-field"

// IgnoreAnnotation is the rule of the findings about annotations that ask to ignore something and
// don't. It isn't one of the policy's either.
const IgnoreAnnotation policy.RuleID = "ignore-annotation"

// RuleOf returns the texts of a rule, or of a note about a migration; nil for another id.
func RuleOf(id policy.RuleID) *rules.Rule {
	if note := migration.ByID(id); note != nil {
		return &note.Rule
	}
	return catalog.ByID(id)
}

// unignoring returns a warning for each annotation of an object that ignores nothing.
func unignoring(object runtime.Object) []rules.Finding {
	isRule := func(id policy.RuleID) bool { return RuleOf(id) != nil }
	var list []rules.Finding
	for _, u := range fargate.Unignoring(object, isRule) {
		f := rules.Finding{Rule: IgnoreAnnotation, Action: policy.Warn, Severity: rules.Low, Field: u.Field,
			Message: fmt.Sprintf("the annotation ignores nothing: there is no rule %q", u.Rule),
			Remedy:  "use the id of a rule, which `fargate-webhook explain` lists, or remove the annotation"}
		if u.Known {
			f.Message, f.Remedy = "the annotation ignores nothing: its value is empty", "make its value the reason to ignore the rule"
		}
		list = append(list, f)
	}
	return list
}

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
