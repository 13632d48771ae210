package profiles

import (
	"fmt"
	"strings"
)

// namespaceProblem returns the problem of a selector's namespace, or "".
func namespaceProblem(selector Selector) string {
	const system = "kube-system"
	pattern := NewPattern(selector.Namespace)
	switch why := impossibleLabel(selector.Namespace); {
	case selector.Namespace == "":
		return "it must have a namespace: it selects nothing without one"
	case why != "":
		return fmt.Sprintf("it can never match: no namespace name can match %q: %s", selector.Namespace, why)
	case pattern.Literal() || !pattern.Match(system) || !needsNoLabel(selector):
		return ""
	case pattern.MatchesAllNames(): // S34
		return fmt.Sprintf("%q selects all %s of every namespace, those of %s and of the webhook too, and those that need the host network stay Pending: narrow it, for example with a label",
			selector.Namespace, podsOf(selector), system)
	default: // S34
		return fmt.Sprintf("%q selects all %s of %s too, and those that need the host network stay Pending: narrow it, for example with a label",
			selector.Namespace, podsOf(selector), system)
	}
}

// needsNoLabel reports that a selector asks for no particular label: for none, or for any.
func needsNoLabel(selector Selector) bool {
	for key, value := range selector.Labels {
		if !NewPattern(key).MatchesAllNames() || !NewPattern(value).MatchesAll() {
			return false
		}
	}
	return true
}

// podsOf returns what a selector that asks for no particular label selects, in words.
func podsOf(selector Selector) string {
	if len(selector.Labels) > 0 {
		return "pods with a label"
	}
	return "pods"
}

// unused returns a problem if the profile only gets pods that name it: for each of its selectors, a
// profile whose name sorts earlier has a selector of at least the same pods (F1.6). If that holds
// for some selectors, it returns a problem of each, if each is set. It does not find all cases, and
// compares no more selectors than are left. EKS's guide recommends such profiles to spread pods over
// subnets (F1.15), so the text says how to use them.
func (p Profile) unused(index *Index, each bool, left *int) []Problem {
	const text = "it only gets pods whose label eks.amazonaws.com/fargate-profile names %s: all others that it selects go to %s, whose name sorts earlier"
	var takers []string
	var problems []Problem
	own := Compile(p)
	for _, selector := range own {
		taker := p.taker(selector, index, left)
		switch {
		case taker == "" && !each:
			return nil
		case taker == "":
			continue
		}
		problems = append(problems, p.problem(selector.Order, fmt.Sprintf(text, "the profile", taker)))
		if len(takers) == 0 || takers[len(takers)-1] != taker {
			takers = append(takers, taker)
		}
	}
	if len(problems) == len(own) && len(own) > 0 {
		return []Problem{p.problem(-1, fmt.Sprintf(text, "it", strings.Join(takers, ", ")))}
	}
	return problems
}

// taker returns the profile, in quotes, that gets all pods of a selector of this one, unless they
// name this one; "" for none.
func (p Profile) taker(selector *CompiledSelector, index *Index, left *int) string {
	for _, other := range index.Selectors(selector.Namespace.text) {
		if *left--; *left < 0 || other.Profile >= p.Name {
			return ""
		}
		if other.covers(selector) {
			return fmt.Sprintf("%q", other.Profile)
		}
	}
	return ""
}

// covers reports whether s certainly selects all pods that other selects.
func (s *CompiledSelector) covers(other *CompiledSelector) bool {
	if !s.Namespace.Covers(other.Namespace) {
		return false
	}
	for _, need := range s.Labels {
		met := false
		for _, has := range other.Labels {
			met = met || need.Key.Covers(has.Key) && need.Value.Covers(has.Value)
		}
		if !met {
			return false
		}
	}
	return true
}
