package profiles

import (
	"fmt"
	"maps"
	"slices"
)

// maxCompared is how many selectors of a profile are looked at one by one, far more than EKS allows
// (F1.2): a file may have any number.
const maxCompared = 200

// redundant returns a problem for each selector that changes nothing: another one of the profile
// selects all pods that it selects (F1.1), and the webhook adds no label for it that it would not
// add for the other. All of them together can be left out. It does not find all cases.
func (p Profile) redundant() []Problem {
	if len(p.Selectors) > maxCompared {
		return nil
	}
	var problems []Problem
	kept := Compile(p)
	for i := range slices.Backward(kept) {
		other := slices.IndexFunc(kept, func(s *CompiledSelector) bool { return s != kept[i] && s.replaces(kept[i]) })
		if other < 0 {
			continue
		}
		problems = append(problems, p.problem(kept[i].Order, p.notNeeded(kept[i].Order, kept[other].Order)))
		kept = slices.Delete(kept, i, i+1)
	}
	slices.Reverse(problems)
	return problems
}

func (p Profile) notNeeded(selector, other int) string {
	a, b := p.Selectors[selector], p.Selectors[other]
	if a.Namespace == b.Namespace && maps.Equal(a.Labels, b.Labels) {
		return fmt.Sprintf("it isn't needed: it is the same as selector %d; leave it out", other+1)
	}
	return fmt.Sprintf("it isn't needed: selector %d selects every pod that it selects; leave it out", other+1)
}

// replaces reports whether nothing changes if s is there and other isn't. A label that matches the
// other's only by a wildcard is not enough: the webhook makes another value of it.
func (s *CompiledSelector) replaces(other *CompiledSelector) bool {
	if !s.Namespace.Covers(other.Namespace) {
		return false
	}
	for _, label := range s.Labels {
		if !slices.Contains(other.Labels, label) {
			return false
		}
	}
	return true
}
