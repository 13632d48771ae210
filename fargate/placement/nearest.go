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

// maxTypos is how many letters of a namespace may be wrong for it to be a near miss.
const maxTypos = 2

// similarNamespace returns a namespace of a profile that differs from a name by one or two letters,
// or of which one is the beginning of the other, as with "prod" and "production"; "" for none.
func similarNamespace(name string, index *profiles.Index) string {
	exact, _ := index.Namespaces()
	extended := ""
	for _, candidate := range slices.Sorted(slices.Values(exact)) {
		if candidate == name || len(candidate) <= maxTypos+1 {
			continue
		}
		if distance(candidate, name) <= maxTypos {
			return candidate
		}
		if extended == "" && len(name) > maxTypos+1 && (strings.HasPrefix(candidate, name) || strings.HasPrefix(name, candidate)) {
			extended = candidate
		}
	}
	return extended
}

// distance returns the number of letters to insert, remove or replace to make b of a, or more than
// maxTypos where it is larger than that.
func distance(a, b string) int {
	if len(a)-len(b) > maxTypos || len(b)-len(a) > maxTypos {
		return maxTypos + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// noSelector says why no profile selects a namespace.
func noSelector(namespace string, index *profiles.Index) string {
	reason := fmt.Sprintf("no ACTIVE Fargate profile selects namespace %q", namespace)
	if similar := similarNamespace(namespace, index); similar != "" {
		reason += fmt.Sprintf("; one selects %q", similar)
	}
	return reason
}
