package rules

import (
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"fargate-webhook/internal/text"
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
	// About is what the violation is about, where neither Subject nor Field distinguish it from
	// others: a Service, a problem of a text.
	About string
	// Fix replaces the rule's own fix, if it isn't empty.
	Fix string
	// WarnOnly is true for what isn't certain, or does no harm in some clusters: it is never
	// refused.
	WarnOnly bool
	// Unchecked is true if what the rule is about could not be looked up.
	Unchecked bool
	// OfWorkload is true for a violation in a workload outside of its pod template: Field is a path
	// in the workload.
	OfWorkload bool
	// Action is set by the check.
	Action policy.Action
	// PodsRefused is true in a workload that is admitted, but whose pods will be refused for it.
	PodsRefused bool

	rule *Rule
	// more are the sites of further violations of the rule, which are not kept.
	more []site
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

// FieldSubject returns the subject that is a field of the object.
func FieldSubject(path string) Subject { return Subject{Name: path} }

// AnnotationField returns the path of an annotation.
func AnnotationField(key string) string { return "metadata.annotations[" + key + "]" }

// maxKept is how many violations of a rule are kept for one object. A request body holds hundreds
// of thousands: of the others only the sites are.
const maxKept = 100

// Keep adds a violation to those of its rule. One that may refuse the object is kept before
// warnings.
func Keep(found []Violation, v Violation) []Violation {
	if len(found) < maxKept {
		return append(found, v)
	}
	last := &found[len(found)-1]
	if last.WarnOnly && !v.WarnOnly {
		*last, v = v, *last
		last.more, v.more = v.more, nil
	}
	last.more = append(last.more, v.site())
	return found
}

// maxText is the longest text of a violation, in bytes: a value that it quotes may have a megabyte.
const maxText = 1 << 10

func (v *Violation) shorten() {
	for _, s := range [...]*string{&v.Subject.Name, &v.Value, &v.Problem, &v.Fix} {
		*s = text.Truncate(*s, maxText)
	}
}

// Fatal returns the violations that keep pods from running on Fargate, or most probably do, whatever
// the policy does about them.
func Fatal(violations []Violation) []Violation {
	var found []Violation
	for i := range violations {
		if v := &violations[i]; !v.WarnOnly && v.rule.Severity == High {
			found = append(found, *v)
		}
	}
	return found
}

// site identifies where a violation of a rule is, whatever its values, and wherever in its list the
// container, volume or route stands.
type site uint64

// siteSeed keeps people from making up a violation with the site of another one.
var siteSeed = maphash.MakeSeed()

func (v *Violation) site() site {
	var h maphash.Hash
	h.SetSeed(siteSeed)
	part := func(text string, isPath bool) {
		if isPath {
			hashPath(&h, text)
		} else {
			_, _ = h.WriteString(text) // never fails
		}
		_ = h.WriteByte(0)
	}
	part(v.Subject.Name, v.Subject.Kind == "") // without a kind the subject is a path
	part(v.About, false)
	part(v.Field, true)
	if v.WarnOnly { // a warning doesn't excuse what is refused
		_ = h.WriteByte(1)
	}
	return site(h.Sum64())
}

// hashPath hashes a path without the indices of its lists.
func hashPath(h *maphash.Hash, path string) {
	for {
		open := strings.IndexByte(path, '[')
		if open < 0 {
			break
		}
		end := open + 1
		for end < len(path) && '0' <= path[end] && path[end] <= '9' {
			end++
		}
		if end > open+1 && end < len(path) && path[end] == ']' {
			_, _ = h.WriteString(path[:open])
			end++
		} else {
			_, _ = h.WriteString(path[:end])
		}
		path = path[end:]
	}
	_, _ = h.WriteString(path)
}

// NewSince returns the violations that an object did not have before an update: nothing is refused
// for what was there already.
func NewSince(violations, before []Violation) []Violation {
	if len(violations) == 0 || len(before) == 0 {
		return violations
	}
	type ruleSite struct {
		rule policy.RuleID
		site site
	}
	known := make(map[ruleSite]int, len(before))
	for i := range before {
		for _, at := range append(slices.Clip(before[i].more), before[i].site()) {
			known[ruleSite{before[i].rule.ID, at}]++
		}
	}
	isNew := func(rule policy.RuleID, at site) bool {
		known[ruleSite{rule, at}]--
		return known[ruleSite{rule, at}] < 0
	}
	var kept []Violation
	for i := range violations {
		v := violations[i]
		added := isNew(v.rule.ID, v.site())
		v.more = slices.DeleteFunc(slices.Clone(v.more), func(at site) bool { return !isNew(v.rule.ID, at) })
		// One that was there speaks for new ones of its rule that were not kept.
		if added || len(v.more) > 0 {
			kept = append(kept, v)
		}
	}
	return kept
}
