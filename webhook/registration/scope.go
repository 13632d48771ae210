package registration

import (
	"regexp"
	"strconv"
	"strings"

	"fargate-webhook/profiles"
)

// maxScope bounds the scope expression, in bytes. The API server refuses
// expressions that are too long or too dear to check.
const maxScope = 32 << 10

// nowhere is the scope when no profile is ACTIVE.
const nowhere = "false"

// Scope is the CEL expression that is true for requests in a namespace that an
// ACTIVE profile selects, so that the others never wait for the webhook. Empty
// means all: a profile selects every namespace, or the expression would be too
// long. What it lets through is judged by the profiles again.
func Scope(index *profiles.Index) string {
	exact, patterns := index.Namespaces()
	var parts []string
	if len(exact) > 0 {
		quoted := make([]string, 0, len(exact))
		for _, name := range exact {
			quoted = append(quoted, strconv.Quote(name))
		}
		parts = append(parts, "request.namespace in ["+strings.Join(quoted, ", ")+"]")
	}
	if len(patterns) > 0 {
		expressions := make([]string, 0, len(patterns))
		for _, pattern := range patterns {
			if strings.Trim(pattern, "*") == "" {
				return ""
			}
			expressions = append(expressions, regularExpression(pattern))
		}
		parts = append(parts, "request.namespace.matches("+strconv.Quote("^("+strings.Join(expressions, "|")+")$")+")")
	}
	scope := strings.Join(parts, " || ")
	switch {
	case len(parts) == 0:
		return nowhere
	case len(scope) > maxScope:
		return ""
	}
	return scope
}

// regularExpression is a selector's pattern as a regular expression (F1.3).
func regularExpression(pattern string) string {
	return strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
}
