package profiles

import "fmt"

// Problem is something about a profile that its owner should know, such as why it is ignored or why
// it can't match.
type Problem struct {
	// Profile is the name of the profile; "" for the cluster as a whole. Selector is the index of the selector, from 0, or -1 for
	// the profile as a whole.
	Profile  string
	Selector int
	// Text describes the problem and its consequence.
	Text string
	// Fix is what to do where neither Text says that nor another profile is needed; "" otherwise.
	Fix string
	// Note is true for what is worth knowing, although nothing is wrong.
	Note bool
}

// String returns the profile, the selector, the problem and the fix, in one line. It counts
// selectors from 1, as placements do.
func (p Problem) String() string {
	text := p.Text
	if p.Fix != "" {
		text += "; " + p.Fix
	}
	if p.Profile == "" {
		return text
	}
	if p.Selector < 0 {
		return fmt.Sprintf("Fargate profile %q: %s", p.Profile, text)
	}
	return fmt.Sprintf("Fargate profile %q, selector %d: %s", p.Profile, p.Selector+1, text)
}

// maxEach is how many selectors a list may have for each of them to be compared with those of other
// profiles, far more than EKS allows (F1.2): files may have any number.
const maxEach = 2000

// maxTried is how many pairs of selectors of different profiles are compared, enough for maxEach.
// What comes later is not looked at.
const maxTried = maxEach * maxEach

// Problems returns the problems of profiles, in their order, as far as they don't depend on the
// policy. The number of profiles, selectors and labels is not a problem: see [Quotas].
func Problems(list []Profile) []Problem {
	var problems []Problem
	index := NewIndex(list)
	selectors, left := 0, maxTried
	for _, profile := range list {
		selectors += len(profile.Selectors)
	}
	for _, profile := range list {
		if profile.Status != StatusActive {
			problems = append(problems, profile.problem(-1, ignored(profile.Status)))
			continue
		}
		found := profile.problems()
		if len(found) == 0 {
			found = profile.unused(index, selectors <= maxEach, &left)
		}
		problems = append(append(problems, found...), profile.redundant()...)
	}
	return problems
}

// problem returns a problem of a selector, or for -1 of the profile.
func (p Profile) problem(selector int, text string) Problem {
	return Problem{Profile: p.Name, Selector: selector, Text: text}
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
		return []Problem{p.problem(-1, "it has no selector, so it selects no pod")}
	}
	var problems []Problem
	for i, selector := range p.Selectors {
		if text := namespaceProblem(selector); text != "" {
			problems = append(problems, p.problem(i, text))
		}
		for _, label := range compileLabels(selector.Labels) {
			if why := impossibleKey(label.Key.text); why != "" {
				problems = append(problems, p.problem(i, fmt.Sprintf("it can never match: no label key can match %q: %s", label.Key, why)))
			}
			if why := impossibleName(label.Value.text, true); why != "" {
				problems = append(problems, p.problem(i, fmt.Sprintf("it can never match: no label value can match %q: %s", label.Value, why)))
			}
		}
	}
	return problems
}
