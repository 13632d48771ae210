package placement

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fargate-webhook/profiles"
)

// maxNamespaces is how many namespaces a message names; the others are counted.
const maxNamespaces = 5

// OtherNamespaces says which namespaces profiles select, where none selects the pod's own, and what
// the nearest of them requires of a pod with these labels. It returns "" where one does.
func OtherNamespaces(namespace string, labels map[string]string, index *profiles.Index) string {
	if len(index.Selectors(namespace)) > 0 {
		return ""
	}
	exact, patterns := index.Namespaces()
	all := slices.Concat(exact, patterns)
	if len(all) == 0 {
		return "there is no ACTIVE Fargate profile"
	}
	candidates := all
	if similar := similarNamespace(namespace, index); similar != "" {
		candidates = []string{similar}
	}
	best := nearestOf(candidates, labels, index)
	text := "the nearest, Fargate profile " + strconv.Quote(best.selector.Profile) + ", selects namespace " + strconv.Quote(best.selector.Namespace.String())
	if len(best.lacks) > 0 {
		text += " and requires " + strings.Join(best.lacks, ", ")
	}
	if len(all) == 1 {
		return text
	}
	return text + "; profiles select namespaces " + quoted(all)
}

// missed is a selector and what a pod lacks for it, its namespace apart.
type missed struct {
	selector *profiles.CompiledSelector
	lacks    []string
}

// nearestOf returns the first selector of the namespaces that lacks the fewest labels.
func nearestOf(namespaces []string, labels map[string]string, index *profiles.Index) missed {
	var best missed
	for _, name := range namespaces {
		for _, s := range index.Selectors(name) { // a pattern matches its own text
			if lacks := lacksOf(s, labels); best.selector == nil || len(lacks) < len(best.lacks) {
				best = missed{s, lacks}
			}
		}
	}
	return best
}

// lacksOf returns the labels of a selector that a pod with these labels doesn't meet.
func lacksOf(s *profiles.CompiledSelector, labels map[string]string) (lacks []string) {
	for i := range s.Labels {
		if l := &s.Labels[i]; !l.Matches(labels) {
			lacks = append(lacks, l.Key.String()+": "+l.Value.String())
		}
	}
	return lacks
}

// quoted returns `"a", "b*" and 3 more`.
func quoted(names []string) string {
	var list []string
	for _, name := range names[:min(len(names), maxNamespaces)] {
		list = append(list, strconv.Quote(name))
	}
	text := strings.Join(list, ", ")
	if more := len(names) - len(list); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
