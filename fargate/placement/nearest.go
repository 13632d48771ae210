package placement

import (
	"fmt"
	"slices"
	"strings"

	"fargate-webhook/profiles"
)

// nearest says what a pod with these labels lacks for the selector that it comes closest to: labels
// that it has not, or has with another value; "" for no selector.
func nearest(selectors []*profiles.CompiledSelector, labels map[string]string) string {
	return closest(selectors, labels, func(*profiles.CompiledSelector) bool { return true })
}

// anotherValue names the nearest selector of which the pod has a label with another value, as
// "team: web2" where a profile requires "team: web"; "" for none.
func anotherValue(selectors []*profiles.CompiledSelector, labels map[string]string) string {
	return closest(selectors, labels, func(s *profiles.CompiledSelector) bool {
		return slices.ContainsFunc(s.Labels, func(l profiles.LabelPattern) bool {
			_, has := labels[l.Key.String()]
			return has && !l.Matches(labels)
		})
	})
}

// closest is nearest for the selectors that are counted.
func closest(selectors []*profiles.CompiledSelector, labels map[string]string, counted func(*profiles.CompiledSelector) bool) string {
	var best *profiles.CompiledSelector
	fewest := 0
	for _, s := range selectors {
		if !counted(s) {
			continue
		}
		lacks := 0
		for i := range s.Labels {
			if !s.Labels[i].Matches(labels) {
				lacks++
			}
		}
		if best == nil || lacks < fewest {
			best, fewest = s, lacks
		}
	}
	if best == nil {
		return ""
	}
	return fmt.Sprintf("Fargate profile %q requires %s", best.Profile, strings.Join(lackTexts(best, labels), ", "))
}

// lackTexts lists what a pod with these labels lacks for a selector.
func lackTexts(s *profiles.CompiledSelector, labels map[string]string) (texts []string) {
	for i := range s.Labels {
		l := &s.Labels[i]
		if l.Matches(labels) {
			continue
		}
		text := l.Key.String() + ": " + l.Value.String()
		if value, ok := labels[l.Key.String()]; ok {
			text += fmt.Sprintf(" (the pod has %q)", value)
		}
		texts = append(texts, text)
	}
	return texts
}

// noSelector says why no profile selects a namespace.
func noSelector(namespace string, index *profiles.Index) string {
	reason := fmt.Sprintf("no ACTIVE Fargate profile selects namespace %q", namespace)
	if similar := similarNamespace(namespace, index); similar != "" {
		reason += fmt.Sprintf("; one selects %q", similar)
	}
	return reason
}
