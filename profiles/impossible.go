package profiles

import (
	"fmt"
	"strings"
	"unicode"
)

// The longest names that Kubernetes allows, in bytes.
const (
	maxLabel     = 63  // of a namespace's name, of a label's value, and of its key after the slash
	maxSubdomain = 253 // of a label's key before the slash
)

// The characters that names may have besides letters and digits.
const (
	ofLabel     = "-"
	ofSubdomain = "-."
	ofName      = "-._"
)

// impossibleLabel returns why no namespace name can match a pattern, "" if one can.
func impossibleLabel(pattern string) string {
	return impossible(pattern, maxLabel, ofLabel, false)
}

// impossibleName returns why no label value, or no label key after its slash, can match a pattern.
// Only a value may be empty.
func impossibleName(pattern string, value bool) string {
	if pattern == "" && !value {
		return "it has no name"
	}
	return impossible(pattern, maxLabel, ofName, true)
}

// impossibleKey returns why no label key can match a pattern. A `*` may match text with a slash.
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

// impossible returns why no name can match a pattern. Names consist of letters (upper-case ones
// only if upper is set), digits and the characters in others, start and end with a letter or digit,
// and have at most limit characters.
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
