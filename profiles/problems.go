package profiles

import (
	"fmt"
	"strings"
)

// Problem is something about a profile that its owner should know, such as why it is ignored or why
// it can't match.
type Problem struct {
	// Profile is the name of the profile. Selector is the index of the selector, from 0, or -1 for
	// the profile as a whole.
	Profile  string
	Selector int
	// Text describes the problem and its consequence.
	Text string
}

// String returns the profile, the selector and the problem, in one line. It counts selectors from
// 1, as placements do.
func (p Problem) String() string {
	if p.Selector < 0 {
		return fmt.Sprintf("Fargate profile %q: %s", p.Profile, p.Text)
	}
	return fmt.Sprintf("Fargate profile %q, selector %d: %s", p.Profile, p.Selector+1, p.Text)
}

// Problems returns the problems of profiles, in their order. The number of profiles, selectors and
// labels is not a problem: the quotas are adjustable (F1.2, S7).
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

// ignored returns why a profile of a status other than ACTIVE is ignored, and what to do (S6).
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

// problems returns the problems of an ACTIVE profile that don't depend on other profiles.
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

// namespaceProblem returns the problem of a selector's namespace, or "".
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

// unused returns a problem if the profile only gets pods that name it: for each of its selectors, a
// profile whose name sorts earlier has a selector of at least the same pods (F1.6). It does not
// find all cases. EKS's guide recommends such profiles to spread pods over subnets (F1.15), so the
// text says how to use them.
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
	return []Problem{{p.Name, -1, fmt.Sprintf("it only gets pods whose label eks.amazonaws.com/fargate-profile names it: "+
		"all others that it selects go to %s, whose name sorts earlier", strings.Join(takers, ", "))}}
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
