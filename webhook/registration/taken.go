package registration

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/internal/text"
	"fargate-webhook/profiles"
)

// maxTaken limits the expression of taken, in bytes: the API server evaluates it for pods that EKS
// has not claimed.
const maxTaken = 4 << 10

// taken returns a CEL expression that is true only for new pods that a selector of an ACTIVE profile
// matches as they stand, without a pin (F1.1, F1.3); "" if there is none that can be written.
// Selectors with wildcards in keys are left out, and those that would make it too long: pods that
// only these match are not known to be taken.
func taken(index *profiles.Index) string {
	terms := takenTerms(index)
	if len(terms) == 0 {
		return ""
	}
	return fmt.Sprintf(`!has(object.spec.nodeName) && !(has(object.metadata.labels) && %q in object.metadata.labels) && (%s)`,
		placement.ProfileLabel, strings.Join(terms, " || "))
}

// takenTerms returns what is true if a selector matches, for the first selectors that aren't too
// long together.
func takenTerms(index *profiles.Index) []string {
	var terms []string
	length := 0
	for _, profile := range index.Profiles() {
		for _, selector := range profile.Selectors {
			term, ok := takenBy(selector)
			if !ok || slices.Contains(terms, term) {
				continue
			}
			if length += len(term); length > maxTaken {
				return terms
			}
			terms = append(terms, term)
		}
	}
	return terms
}

// takenBy returns what is true if a selector matches a pod. ok is false where that can't be written.
func takenBy(s profiles.Selector) (term string, ok bool) {
	term, ok = matches("request.namespace", s.Namespace)
	if !ok || s.Namespace == "" {
		return "", false
	}
	if len(s.Labels) > 0 {
		term += " && has(object.metadata.labels)"
	}
	for _, key := range text.SortedKeys(s.Labels) {
		value, ok := matches(fmt.Sprintf("object.metadata.labels[%q]", key), s.Labels[key])
		if !ok || !plain(key) || strings.ContainsAny(key, "*?") {
			return "", false
		}
		term += fmt.Sprintf(" && %q in object.metadata.labels && %s", key, value)
	}
	return term, true
}

// matches returns what is true if a value matches a pattern. ok is false for a pattern that can't be
// written: no label and no namespace has such a text, but it must not end the expression either.
func matches(value, pattern string) (term string, ok bool) {
	switch {
	case !plain(pattern):
		return "", false
	case strings.Trim(pattern, "*") == "" && pattern != "":
		return "true", true
	case strings.ContainsAny(pattern, "*?"):
		return fmt.Sprintf(`%s.matches(%q)`, value, "^(?s:"+regularExpression(pattern)+")$"), true
	}
	return fmt.Sprintf("%s == %q", value, pattern), true
}

// plain reports a text of printable ASCII, which Go and CEL quote alike.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == utf8.RuneError })
}
