package registration

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// maxScope limits the scope expression, in bytes. The API server accepts expressions of up to
// 100,000 characters, aborts an evaluation at the cost of a regular expression five times as long
// as this, and stores objects of up to 1.5 MiB, with a copy of the scope for each webhook.
const maxScope = 64 << 10

// nowhere is the scope when no profile is ACTIVE.
const nowhere = "false"

// scope is the namespaces whose objects are sent.
type scope struct {
	// expression is the [Scope].
	expression string
	// names are the namespaces if a namespace selector can list them, nil if not. The API server decides
	// by it without evaluating anything.
	names []string
}

// scope returns the scope of the options: all namespaces where the cluster has no nodes but
// Fargate's, since pods that no profile takes are refused there.
func (o *Options) scope(index *profiles.Index) scope {
	if o.Policy != nil && o.Policy.Nodes == policy.NodesFargateOnly {
		return scope{}
	}
	return profileScope(index)
}

// Scope returns a CEL expression that is true for requests in a namespace that an ACTIVE profile
// selects, so that other requests never wait for the webhook. It returns "" if a profile selects
// every namespace. An expression that would be too long is widened: it is also true for namespaces
// that start like a selected one. The webhook matches each request against the profiles again.
func Scope(index *profiles.Index) string { return profileScope(index).expression }

// profileScope returns the scope of ACTIVE profiles. It has names if these are all named without
// wildcards, and the expression has room for them. What no namespace can be called is left out: a
// selector can't list it.
func profileScope(index *profiles.Index) scope {
	exact, patterns := index.Namespaces()
	s := scope{expression: expression(exact, patterns)}
	if len(s.expression) > maxScope {
		return scope{expression: shortened(exact, patterns)}
	}
	if len(patterns) > 0 {
		return s
	}
	for _, name := range exact {
		if len(validation.IsDNS1123Label(name)) == 0 {
			s.names = append(s.names, name)
		}
	}
	return s
}

// shortened widens a scope no further than it takes to have room.
func shortened(exact, patterns []string) string {
	for length := longest(exact, patterns) - 1; ; length-- {
		if scope := expression(widened(exact, patterns, length)); len(scope) <= maxScope {
			return scope
		}
	}
}

// expression returns the scope of exact names and patterns (F1.3).
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
		// With the flag s, a wildcard matches a line break too.
		parts = append(parts, "request.namespace.matches("+strconv.Quote("^(?s:"+strings.Join(expressions, "|")+")$")+")")
	}
	if len(parts) == 0 {
		return nowhere
	}
	return strings.Join(parts, " || ")
}

// widened returns names and patterns that match everything that the given ones do, and more: those
// with more characters than length are cut to length and end in a *. With a length of 0 they match
// everything.
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

// longest returns the number of characters in the longest text.
func longest(lists ...[]string) int {
	most := 0
	for _, text := range slices.Concat(lists...) {
		most = max(most, utf8.RuneCountInString(text))
	}
	return most
}

// first returns the first characters of s.
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

// regularExpression returns a selector's pattern as a regular expression (F1.3).
func regularExpression(pattern string) string {
	return wildcards.Replace(regexp.QuoteMeta(pattern))
}
