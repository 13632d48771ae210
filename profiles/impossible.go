package profiles

import (
	"fmt"
	"strings"
	"unicode"
)

// The lengths that Kubernetes allows, in bytes.
const (
	maxLabel     = 63  // of a namespace's name, of a label's value, and of its key after the slash
	maxSubdomain = 253 // of a label's key before the slash
)

// The characters besides lower-case letters and digits.
const (
	ofLabel     = "-"
	ofSubdomain = "-."
	ofName      = "-._"
)

// impossibleLabel says why no namespace can be like a pattern, "" if one can.
func impossibleLabel(pattern string) string {
	return impossible(pattern, maxLabel, ofLabel, false)
}

// impossibleName says why no label value, or no key after its slash, can be like a pattern. Only a value may be empty.
func impossibleName(pattern string, value bool) string {
	if pattern == "" && !value {
		return "it has no name"
	}
	return impossible(pattern, maxLabel, ofName, true)
}

// impossibleKey says why no label key can be like a pattern. A `*` may stand for text with the slash.
func impossibleKey(pattern string) string {
	switch prefix, name, cut := strings.Cut(pattern, "/"); {
	case !cut && NewPattern(pattern).Literal():
		return impossibleName(pattern, false)
	case !cut:
		return impossible(pattern, maxSubdomain+1+maxLabel, ofName, true)
	case strings.Contains(name, "/"):
		return "it has more than one slash"
	case prefix == "":
		return "it starts with a slash"
	default:
		if why := impossible(prefix, maxSubdomain, ofSubdomain, false); why != "" {
			return why
		}
		return impossibleName(name, false)
	}
}

// impossible says why no text can be like a pattern when it has to consist of letters, digits and some others, start and end with one of the
// former two, and be no longer than limit.
func impossible(pattern string, limit int, others string, upper bool) string {
	least := 0
	for _, c := range pattern {
		if c != '*' {
			least++
		}
		if alphanumeric(c) && (upper || !unicode.IsUpper(c)) || strings.ContainsRune(others+wildcards, c) {
			continue
		}
		return fmt.Sprintf("it has the character %q", c)
	}
	switch {
	case least > limit:
		return fmt.Sprintf("it is longer than %d characters", limit)
	case pattern == "":
	case strings.ContainsRune(others, rune(pattern[0])):
		return fmt.Sprintf("it starts with %q", pattern[:1])
	case strings.ContainsRune(others, rune(pattern[len(pattern)-1])):
		return fmt.Sprintf("it ends with %q", pattern[len(pattern)-1:])
	}
	return ""
}

func alphanumeric(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
