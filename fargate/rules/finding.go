package rules

import (
	"fmt"
	"strings"

	"fargate-webhook/policy"
)

// Finding is one problem of an object, in all places where it has it.
type Finding struct {
	Rule     policy.RuleID `json:"rule"`
	Action   policy.Action `json:"action"`
	Severity Severity      `json:"severity"`
	// PodsRefused is true for a workload that is admitted, but whose pods will be refused for it.
	PodsRefused bool `json:"podsRefused,omitempty"`
	// WouldDeny is true in mode Observe for a finding that would refuse the object: its action is
	// Warn.
	WouldDeny bool `json:"wouldDeny,omitempty"`
	// Field is the path in the object that the user wrote: "spec.type". With several places it is
	// the first of Fields.
	Field string `json:"field"`
	// Fields are the paths of all places, if there are several.
	Fields []string `json:"fields,omitempty"`
	// Message says what is wrong, with names and values.
	Message string `json:"message"`
	// Remedy says what to do about it.
	Remedy string `json:"remedy"`
}

// maxSubjects is how many subjects a message names; the others are counted.
const maxSubjects = 10

// Findings makes one finding of the violations of a rule that differ only in subject, value and
// field. They keep the order of their first violation.
func Findings(violations []Violation) []Finding {
	type key struct {
		rule         policy.RuleID
		action       policy.Action
		problem, fix string
		podsRefused  bool
	}
	var groups [][]*Violation
	at := map[key]int{}
	for i := range violations {
		v := &violations[i]
		k := key{v.rule.ID, v.Action, v.Problem, v.Fix, v.PodsRefused}
		n, known := at[k]
		if !known || v.Subject == (Subject{}) {
			at[k] = len(groups)
			groups = append(groups, []*Violation{v})
			continue
		}
		groups[n] = append(groups[n], v)
	}
	findings := make([]Finding, 0, len(groups))
	for _, group := range groups {
		first := group[0]
		f := Finding{
			Rule: first.rule.ID, Action: first.Action, Severity: first.rule.Severity, PodsRefused: first.PodsRefused,
			Field: first.Field, Message: message(group), Remedy: first.Fix,
		}
		if len(group) > 1 {
			for _, v := range group {
				f.Fields = append(f.Fields, v.Field)
			}
		}
		findings = append(findings, f)
	}
	return findings
}

// message returns `containers "a" (80), "b" (81), init container "c" must not set hostPort`.
func message(group []*Violation) string {
	first, unkept := group[0], 0
	for _, v := range group {
		unkept += len(v.more)
	}
	rest := ""
	if unkept > 0 {
		rest = fmt.Sprintf(" (and %d more places)", unkept)
	}
	if first.Subject == (Subject{}) {
		return first.Problem + rest
	}
	return subjects(group) + rest + " " + first.Problem
}

// subject is a subject and its values.
type subject struct {
	Subject
	values []string
}

// subjects lists the subjects of violations, each once with its values. The kind of neighbours is
// said once.
func subjects(group []*Violation) string {
	var list []subject
	// A request body holds hundreds of thousands of subjects or values: maps find those said
	// already.
	at, said := map[Subject]int{}, map[[3]string]bool{}
	for _, v := range group {
		i, known := at[v.Subject]
		if !known {
			i = len(list)
			at[v.Subject] = i
			list = append(list, subject{Subject: v.Subject})
		}
		if value := [3]string{v.Subject.Kind, v.Subject.Name, v.Value}; v.Value != "" && !said[value] {
			said[value] = true
			list[i].values = append(list[i].values, v.Value)
		}
	}
	more := 0
	if len(list) > maxSubjects {
		more, list = len(list)-maxSubjects, list[:maxSubjects]
	}
	var text strings.Builder
	for i := range list {
		s := &list[i]
		if i > 0 {
			text.WriteString(", ")
		}
		switch sameKind := func(k int) bool { return k >= 0 && k < len(list) && s.Kind != "" && list[k].Kind == s.Kind }; {
		case sameKind(i - 1):
			fmt.Fprintf(&text, "%q", s.Name)
		case sameKind(i + 1):
			fmt.Fprintf(&text, "%ss %q", s.Kind, s.Name)
		default:
			text.WriteString(s.String())
		}
		if len(s.values) > 0 {
			shown := s.values[:min(len(s.values), maxSubjects)]
			text.WriteString(" (" + strings.Join(shown, ", "))
			if rest := len(s.values) - len(shown); rest > 0 {
				fmt.Fprintf(&text, " and %d more", rest)
			}
			text.WriteString(")")
		}
	}
	if more > 0 {
		fmt.Fprintf(&text, " and %d more", more)
	}
	return text.String()
}
