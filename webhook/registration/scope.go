package registration

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"fargate-webhook/profiles"
)

// maxScope bounds the scope expression, in bytes. The API server takes
// expressions of up to 100,000 characters, gives an evaluation up at a cost that
// a regular expression five times as long as this has, and stores objects of up
// to 1.5 MiB, in which each webhook has a copy of the scope.
const maxScope = 64 << 10

// nowhere is the scope when no profile is ACTIVE.
const nowhere = "false"

// Scope is the CEL expression that is true for requests in a namespace that an
// ACTIVE profile selects, so that the others never wait for the webhook. Empty
// means all, as when a profile selects every namespace. Where the expression
// would be too long it is true for more namespaces: those that start as one
// that is selected. What it lets through is judged by the profiles again.
func Scope(index *profiles.Index) string {
	exact, patterns := index.Namespaces()
	scope := expression(exact, patterns)
	for length := longest(exact, patterns) - 1; len(scope) > maxScope; length-- {
		scope = expression(widened(exact, patterns, length))
	}
	return scope
}

// expression is the scope of the names and patterns (F1.3).
func expression(exact, patterns []string) string {
	var parts, quoted, expressions []string
	for _, name := range exact {
		if utf8.ValidString(name) {
			quoted = append(quoted, strconv.Quote(name))
		}
	}
	if len(quoted) > 0 {
		parts = append(parts, "request.namespace in ["+strings.Join(quoted, ", ")+"]")
	}
	for _, pattern := range patterns {
		if strings.Trim(pattern, "*") == "" {
			return ""
		}
		if utf8.ValidString(pattern) {
			expressions = append(expressions, regularExpression(pattern))
		}
	}
	if len(expressions) > 0 {
		// By s a wildcard stands for a line break too.
		parts = append(parts, "request.namespace.matches("+strconv.Quote("^(?s:"+strings.Join(expressions, "|")+")$")+")")
	}
	if len(parts) == 0 {
		return nowhere
	}
	return strings.Join(parts, " || ")
}

// widened are names and patterns that match all that the given ones do, and
// more: of those with more characters than length only the first are left, and
// anything may follow. With a length of 0 that is all.
func widened(exact, patterns []string, length int) (names, wider []string) {
	for _, name := range exact {
		if head := first(name, length); head == name {
			names = append(names, name)
		} else {
			wider = append(wider, head+"*")
		}
	}
	for _, pattern := range patterns {
		if head := first(pattern, length); head != pattern {
			pattern = strings.TrimRight(head, "*") + "*"
		}
		wider = append(wider, pattern)
	}
	slices.Sort(wider)
	return names, slices.Compact(wider)
}

// longest is how many characters the longest of them has.
func longest(lists ...[]string) int {
	most := 0
	for _, text := range slices.Concat(lists...) {
		most = max(most, utf8.RuneCountInString(text))
	}
	return most
}

// first are the first characters of s.
func first(s string, characters int) string {
	for i := range s {
		if characters == 0 {
			return s[:i]
		}
		characters--
	}
	return s
}

// wildcards turns the quoted wildcards of a pattern into those of a regular expression.
var wildcards = strings.NewReplacer(`\*`, ".*", `\?`, ".")

// regularExpression is a selector's pattern as a regular expression (F1.3).
func regularExpression(pattern string) string {
	return wildcards.Replace(regexp.QuoteMeta(pattern))
}
