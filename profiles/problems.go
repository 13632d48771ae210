package profiles

import (
	"fmt"
	"strings"
)

// Problem is something about a profile that its owner should know: that it is ignored and why, or that it can't do what it seems to.
type Problem struct {
	// Profile is the name of the profile, Selector the selector's place in it, from 0; -1: it is about the profile as a whole.
	Profile  string
	Selector int
	// Text says what it is and what follows.
	Text string
}

// String is the problem with its place, in one line. Selectors are counted from 1, as placements do.
func (p Problem) String() string {
	if p.Selector < 0 {
		return fmt.Sprintf("Fargate profile %q: %s", p.Profile, p.Text)
	}
	return fmt.Sprintf("Fargate profile %q, selector %d: %s", p.Profile, p.Selector+1, p.Text)
}

// Problems tells what is wrong with profiles, in their order. However many profiles, selectors and labels there are is no problem: the
// quotas are adjustable (F1.2, S7).
func Problems(list []Profile) []Problem {
	var problems []Problem
	index := NewIndex(list)
	for _, profile := range list {
		if profile.Status != StatusActive {
			problems = append(problems, Problem{profile.Name, -1, ignored(profile.Status)})
			continue
		}
		found := profile.problems()
		if len(found) == 0 {
			found = profile.unused(index)
		}
		problems = append(problems, found...)
	}
	return problems
}

// ignored says why a profile of a status is ignored, and what to do (S6).
func ignored(status Status) string {
	switch status {
	case StatusCreating:
		return "ignored while it is CREATING: pods created before it is ACTIVE never move to Fargate" // F1.13
	case StatusDeleting:
		return "ignored, since it is DELETING: EKS stops its pods, and creates no other profile until it is gone" // F1.11, F1.12
	case StatusCreateFailed:
		return "ignored, since it is CREATE_FAILED: delete it and create it again" // F1.10
	case StatusDeleteFailed:
		return "ignored, since it is DELETE_FAILED: delete it again" // F1.9
	default:
		return fmt.Sprintf("ignored: %q is an unknown status; only an ACTIVE profile selects pods", status)
	}
}

// problems are those of an ACTIVE profile by itself.
func (p Profile) problems() []Problem {
	if len(p.Selectors) == 0 {
		return []Problem{{p.Name, -1, "it has no selector, so it selects no pod"}}
	}
	var problems []Problem
	for i, selector := range p.Selectors {
		if text := namespaceProblem(selector); text != "" {
			problems = append(problems, Problem{p.Name, i, text})
		}
		for _, label := range compileLabels(selector.Labels) {
			if why := impossibleKey(label.Key.text); why != "" {
				problems = append(problems, Problem{p.Name, i, fmt.Sprintf("it can never match: no label key can match %q: %s", label.Key, why)})
			}
			if why := impossibleName(label.Value.text, true); why != "" {
				problems = append(problems, Problem{p.Name, i, fmt.Sprintf("it can never match: no label value can match %q: %s", label.Value, why)})
			}
		}
	}
	return problems
}

// namespaceProblem says what is wrong with the namespace of a selector.
func namespaceProblem(selector Selector) string {
	const system = "kube-system"
	pattern := NewPattern(selector.Namespace)
	switch why := impossibleLabel(selector.Namespace); {
	case selector.Namespace == "":
		return "it must have a namespace: it selects nothing without one"
	case why != "":
		return fmt.Sprintf("it can never match: no namespace name can match %q: %s", selector.Namespace, why)
	case !pattern.Literal() && len(selector.Labels) == 0 && pattern.Match(system):
		return fmt.Sprintf("%q selects all pods of %s too, and those that need the host network stay Pending: narrow it, for example with a label", // S34
			selector.Namespace, system)
	}
	return ""
}

// unused tells of a profile that never has a turn: for each of its selectors there is one that takes at least the same pods, in a profile
// whose name sorts before (F1.6). Not all cases are found. EKS's guide asks for such profiles to spread pods over subnets (F1.15), so it
// says how they are used.
func (p Profile) unused(index *Index) []Problem {
	var takers []string
	for _, own := range compile([]Profile{p}) {
		taker := ""
		for _, other := range index.Selectors(own.Namespace.text) {
			if other.Profile < p.Name && other.covers(own) {
				taker = fmt.Sprintf("%q", other.Profile)
				break
			}
		}
		if taker == "" {
			return nil
		}
		if len(takers) == 0 || takers[len(takers)-1] != taker {
			takers = append(takers, taker)
		}
	}
	return []Problem{{p.Name, -1, fmt.Sprintf("it takes only pods whose label eks.amazonaws.com/fargate-profile names it: "+
		"all others that it selects go to %s, sorted before it by name", strings.Join(takers, ", "))}}
}

// covers says, if it is plain, that s selects all pods that other does.
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
