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
	var selectors []*profiles.CompiledSelector
	for _, name := range candidates {
		selectors = append(selectors, index.Selectors(name)...) // a pattern matches its own text
	}
	nearest := Nearest(selectors, labels, nil)
	text := "the nearest, Fargate profile " + strconv.Quote(nearest.Profile) + ", selects namespace " + strconv.Quote(nearest.Namespace.String())
	if lacks := Lacks(nearest, labels); len(lacks) > 0 {
		text += " and requires " + strings.Join(lacks, ", ")
	}
	if len(all) == 1 {
		return text
	}
	return text + "; profiles select namespaces " + quoted(all)
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
