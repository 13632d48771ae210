package placement

import (
	"fmt"
	"slices"
	"strings"

	"fargate-webhook/profiles"
)

// nearest says what a pod with these labels lacks for the selector that it comes closest to: labels
// that it has not, or has with another value.
func nearest(selectors []*profiles.CompiledSelector, labels map[string]string) string {
	best, fewest := "", 0
	for _, s := range selectors {
		var lacks []string
		for i := range s.Labels {
			l := &s.Labels[i]
			if l.Matches(labels) {
				continue
			}
			lack := l.Key.String() + ": " + l.Value.String()
			if value, ok := labels[l.Key.String()]; ok {
				lack += fmt.Sprintf(" (the pod has %q)", value)
			}
			lacks = append(lacks, lack)
		}
		if best == "" || len(lacks) < fewest {
			best, fewest = fmt.Sprintf("Fargate profile %q requires %s", s.Profile, strings.Join(lacks, ", ")), len(lacks)
		}
	}
	return best
}

// anotherValue names the nearest selector of which the pod has a label with another value, as
// "team: web2" where a profile requires "team: web"; "" for none.
func anotherValue(selectors []*profiles.CompiledSelector, labels map[string]string) string {
	var differing []*profiles.CompiledSelector
	for _, s := range selectors {
		if slices.ContainsFunc(s.Labels, func(l profiles.LabelPattern) bool {
			_, has := labels[l.Key.String()]
			return has && !l.Matches(labels)
		}) {
			differing = append(differing, s)
		}
	}
	return nearest(differing, labels)
}

// noSelector says why no profile selects a namespace.
func noSelector(namespace string, index *profiles.Index) string {
	reason := fmt.Sprintf("no ACTIVE Fargate profile selects namespace %q", namespace)
	if similar := similarNamespace(namespace, index); similar != "" {
		reason += fmt.Sprintf("; one selects %q", similar)
	}
	return reason
}
