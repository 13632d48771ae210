package placement

import (
	"fmt"

	"fargate-webhook/profiles"
)

// Never returns the key of a selector's label that is not added to any pod even if labels are, and
// why: its key or value can't be made up from a wildcard, or the policy protects it. Such a selector
// only takes pods that set a label for it themselves. It returns nothing if all may be added.
func (a *Adds) Never(s *profiles.CompiledSelector) (label, why string) {
	for i := range s.Labels {
		l := &s.Labels[i]
		key := l.Key.String()
		if !l.Key.Literal() {
			return key, "its key has a wildcard" // S2
		}
		if _, ok := l.Value.Concrete(); !ok {
			return key, fmt.Sprintf("it makes up no value for %q", l.Value)
		}
		if a.protects(key) {
			return key, "protectedLabels of the policy" // S24, S38
		}
	}
	return "", ""
}
