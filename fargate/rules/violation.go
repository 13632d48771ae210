package rules

import (
	"regexp"
	"strconv"

	"fargate-webhook/policy"
)

// Violation is one place in an object that a rule objects to. Violations of one rule that differ
// only in their subject become one [Finding].
type Violation struct {
	// Subject is what the problem is said of; empty when Problem names it.
	Subject Subject
	// Value is the offending value, shown after the subject; empty when Problem names it.
	Value string
	// Field is the path in the object that the user wrote: "spec.containers[0].ports[1].hostPort".
	Field string
	// Problem says what must not be so, after the subject: "must not set hostPort".
	Problem string
	// Service is the Service that the violation is about, where neither Subject nor Field tells it
	// from others.
	Service string
	// Fix replaces the rule's own fix, if it isn't empty.
	Fix string
	// WarnOnly is true for what isn't certain, or does no harm in some clusters: it is never
	// refused.
	WarnOnly bool
	// OfWorkload is true for a violation in a workload outside of its pod template: Field is a path
	// in the workload.
	OfWorkload bool
	// Action is set by the check.
	Action policy.Action
	// PodsRefused is true in a workload that is admitted, but whose pods will be refused for it.
	PodsRefused bool

	rule *Rule
}

// Subject is a part of an object that has a name: a container, a volume.
type Subject struct {
	// Kind is "init container", "volume" and so on; empty where the name says it, as a field does.
	Kind, Name string
}

// String returns `container "app"`.
func (s Subject) String() string {
	if s.Kind == "" {
		return s.Name
	}
	return s.Kind + " " + strconv.Quote(s.Name)
}

// field returns the subject that is a field of the object.
func field(path string) Subject { return Subject{Name: path} }

// annotationField returns the path of an annotation.
func annotationField(key string) string { return "metadata.annotations[" + key + "]" }

// site is where a violation is, whatever its values, and wherever in its list the container, volume
// or route stands.
type site struct {
	rule                   policy.RuleID
	subject, service, path string
	// warnOnly keeps a warning from excusing what is refused.
	warnOnly bool
}

var listIndex = regexp.MustCompile(`\[\d+\]`)

func (v *Violation) site() site {
	s := site{rule: v.rule.ID, subject: v.Subject.Name, service: v.Service, path: listIndex.ReplaceAllString(v.Field, ""), warnOnly: v.WarnOnly}
	if v.Subject.Kind == "" { // the subject is a path too
		s.subject = listIndex.ReplaceAllString(s.subject, "")
	}
	return s
}

// NewSince returns the violations that an object did not have before an update: nothing is refused
// for what was there already.
func NewSince(violations, before []Violation) []Violation {
	if len(violations) == 0 || len(before) == 0 {
		return violations
	}
	known := make(map[site]int, len(before))
	for i := range before {
		known[before[i].site()]++
	}
	var kept []Violation
	for i := range violations {
		at := violations[i].site()
		if known[at] == 0 {
			kept = append(kept, violations[i])
			continue
		}
		known[at]--
	}
	return kept
}
