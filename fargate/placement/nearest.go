package placement

import (
	"fmt"
	"strings"

	"fargate-webhook/profiles"
)

// Nearest returns the first of the selectors for which a pod with these labels lacks the fewest, nil
// for none. It leaves out those that aren't counted; a nil counted counts all.
func Nearest(selectors []*profiles.CompiledSelector, labels map[string]string, counted func(*profiles.CompiledSelector) bool) *profiles.CompiledSelector {
	var best *profiles.CompiledSelector
	fewest := 0
	for _, s := range selectors {
		if counted != nil && !counted(s) {
			continue
		}
		lacks := 0
		for range s.Missing(labels) {
			lacks++
		}
		if best == nil || lacks < fewest {
			best, fewest = s, lacks
		}
	}
	return best
}

// Lacks returns the labels that a pod with these lacks for a selector, as `key: value`.
func Lacks(s *profiles.CompiledSelector, labels map[string]string) (lacks []string) {
	for l := range s.Missing(labels) {
		lacks = append(lacks, l.String())
	}
	return lacks
}

// WantsOther reports a selector that requires another value of a label that a pod has.
func WantsOther(s *profiles.CompiledSelector, labels map[string]string) bool {
	for l := range s.Missing(labels) {
		if _, has := labels[l.Key.String()]; has && l.Key.Literal() {
			return true
		}
	}
	return false
}

// nearestText says what a pod with these labels lacks for the nearest selector; "" for no selector.
func nearestText(selectors []*profiles.CompiledSelector, labels map[string]string) string {
	return requires(Nearest(selectors, labels, nil), labels)
}

// meetsNone says why no selector takes a pod, whatever labels are added: the nearest asks for another
// value of a label that the pod has, or for a label that can't be chosen (S2).
func meetsNone(selectors []*profiles.CompiledSelector, labels map[string]string) string {
	nearest := Nearest(selectors, labels, nil)
	why := "it meets no selector, and the label that it lacks can't be chosen for it: "
	if nearest != nil && WantsOther(nearest, labels) {
		why = "it meets no selector without changing a label that it has: "
	}
	return why + requires(nearest, labels)
}

// anotherValue names the nearest selector of which the pod has a label with another value, as
// "team: web2" where a profile requires "team: web"; "" for none.
func anotherValue(selectors []*profiles.CompiledSelector, labels map[string]string) string {
	return requires(Nearest(selectors, labels, func(s *profiles.CompiledSelector) bool { return WantsOther(s, labels) }), labels)
}

// requires says what a pod with these labels lacks for a selector: labels that it has not, or has with
// another value; "" for no selector.
func requires(s *profiles.CompiledSelector, labels map[string]string) string {
	if s == nil {
		return ""
	}
	var texts []string
	for l := range s.Missing(labels) {
		text := l.String()
		if value, ok := labels[l.Key.String()]; ok {
			text += fmt.Sprintf(" (the pod has %q)", value)
		}
		texts = append(texts, text)
	}
	return fmt.Sprintf("Fargate profile %q requires %s", s.Profile, strings.Join(texts, ", "))
}

// noSelector says why no profile selects a namespace.
func noSelector(namespace string, index *profiles.Index) string {
	reason := fmt.Sprintf("no ACTIVE Fargate profile selects namespace %q", namespace)
	if similar := similarNamespace(namespace, index); similar != "" {
		reason += fmt.Sprintf("; one selects %q", similar)
	}
	return reason
}
