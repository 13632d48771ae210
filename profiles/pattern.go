package profiles

import (
	"strings"
	"unicode/utf8"
)

// wildcards are the characters with a meaning in a pattern (F1.3). There is no escape: neither is legal in a Kubernetes name (F1.5).
const wildcards = "*?"

// Pattern is a glob as Fargate profile selectors use it: `*` stands for zero or more characters, `/` among them, `?` for exactly one;
// everything else for itself, case included (F1.3, F1.5). The zero Pattern matches the empty string only.
type Pattern struct {
	text string
	wild bool
}

// NewPattern makes a Pattern of s. Every string is a pattern.
func NewPattern(s string) Pattern {
	return Pattern{text: s, wild: strings.ContainsAny(s, wildcards)}
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Literal says whether the pattern has no wildcard, so that it matches its own text and nothing else.
func (p Pattern) Literal() bool { return !p.wild }

// Match says whether the pattern matches the whole of s. It allocates nothing, and takes at most len(s) times the pattern's length steps:
// only the last `*` is ever tried again, since a longer match of an earlier one can't help.
func (p Pattern) Match(s string) bool {
	if !p.wild {
		return s == p.text
	}
	at, star, resume := 0, -1, 0 // at: place in the pattern; star: its last `*`, whose match ends at s[resume]
	for i := 0; i < len(s); {
		width := characterWidth(s, i)
		switch {
		case at < len(p.text) && p.text[at] == '*':
			star, resume = at, i
			at++
		case at < len(p.text) && p.text[at] == '?':
			i += width
			at++
		case strings.HasPrefix(p.text[at:], s[i:i+width]):
			i += width
			at += width
		case star >= 0:
			resume += characterWidth(s, resume)
			i, at = resume, star+1
		default:
			return false
		}
	}
	return strings.Trim(p.text[at:], "*") == ""
}

// prefix is the pattern's text before its first wildcard: what every match starts with.
func (p Pattern) prefix() string {
	if i := strings.IndexAny(p.text, wildcards); i >= 0 {
		return p.text[:i]
	}
	return p.text
}

// characterWidth is the number of bytes of the character at s[i]; a byte that is not UTF-8 is a character of its own.
func characterWidth(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	_, width := utf8.DecodeRuneInString(s[i:])
	return width
}
