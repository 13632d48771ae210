package profiles

import (
	"strings"
	"unicode/utf8"
)

// wildcards are the characters with a meaning in a pattern (F1.3). There is no escape: neither is
// legal in a Kubernetes name (F1.5).
const wildcards = "*?"

// Pattern is a glob of a Fargate profile selector: `*` matches zero or more characters, including
// `/`, `?` matches exactly one, everything else itself, case-sensitively (F1.3, F1.5). The zero
// Pattern matches only the empty string.
type Pattern struct {
	text string
	wild bool
	head int // number of bytes before the first wildcard
	tail int // number of bytes after the last wildcard
}

// NewPattern returns the Pattern s. Every string is a pattern.
func NewPattern(s string) Pattern {
	first := strings.IndexAny(s, wildcards)
	switch {
	case first < 0:
		return Pattern{text: s}
	case !utf8.ValidString(s): // head and tail might split a character of a name
		return Pattern{text: s, wild: true}
	default:
		return Pattern{text: s, wild: true, head: first, tail: len(s) - 1 - strings.LastIndexAny(s, wildcards)}
	}
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// MarshalText writes the pattern as it was written.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// Equal reports whether two patterns were written the same.
func (p Pattern) Equal(other Pattern) bool { return p == other }

// Literal reports whether the pattern has no wildcard, and so matches only its own text.
func (p Pattern) Literal() bool { return !p.wild }

// maxMatched is the length of the longest text that a pattern with wildcards matches, in bytes: that
// of the longest key of a label, with 253 bytes before the slash and 63 after it. Namespaces and
// values are shorter. Longer ones reach the webhook, since the API server validates labels after
// mutating admission, and are refused there.
const maxMatched = 253 + 1 + 63

// Match reports whether the pattern matches all of s. It does not allocate, and takes at most
// maxMatched times the pattern's length steps. A pattern with a single `*` only takes comparing the
// text before and after it.
func (p Pattern) Match(s string) bool {
	if !p.wild {
		return s == p.text
	}
	if len(s) > maxMatched {
		return false
	}
	end, last := len(p.text)-p.tail, len(s)-p.tail
	if last < p.head || s[:p.head] != p.text[:p.head] || s[last:] != p.text[end:] {
		return false
	}
	middle := p.text[p.head:end]
	return middle == "*" || glob(middle, s[p.head:last])
}

// glob reports whether pattern matches all of s. It backtracks to the last `*` only: a longer match
// of an earlier `*` never helps.
func glob(pattern, s string) bool {
	at, star, resume := 0, -1, 0 // at: place in the pattern; star: its last `*`, whose match ends at s[resume]
	for i := 0; i < len(s); {
		width := characterWidth(s, i)
		switch {
		case at < len(pattern) && pattern[at] == '*':
			star, resume = at, i
			at++
		case at < len(pattern) && pattern[at] == '?':
			i += width
			at++
		case strings.HasPrefix(pattern[at:], s[i:i+width]):
			i += width
			at += width
		case star >= 0:
			resume += characterWidth(s, resume)
			i, at = resume, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[at:], "*") == ""
}

// Covers reports whether p matches everything that other matches. It may return false for a pair
// where only p's question marks decide: a `?` of p matches the text of a `*` of other, but not all
// that the `*` stands for.
func (p Pattern) Covers(other Pattern) bool {
	if p.text == other.text {
		return true
	}
	return p.Match(other.text) && (!strings.Contains(p.text, "?") || !strings.Contains(other.text, "*"))
}

// MatchesAll reports whether the pattern consists of `*` only, and so matches every text.
func (p Pattern) MatchesAll() bool { return p.text != "" && strings.Trim(p.text, "*") == "" }

// MatchesAllNames reports whether the pattern matches every text that isn't empty, as namespaces and
// keys of labels are not: it consists of `*` and of at most one `?`.
func (p Pattern) MatchesAllNames() bool {
	return strings.Contains(p.text, "*") && strings.Trim(strings.Replace(p.text, "?", "", 1), "*") == ""
}

// prefix returns the text that every match starts with.
func (p Pattern) prefix() string {
	if !p.wild {
		return p.text
	}
	return p.text[:p.head]
}

// suffix returns the text that every match ends with.
func (p Pattern) suffix() string {
	if !p.wild {
		return p.text
	}
	return p.text[len(p.text)-p.tail:]
}

// characterWidth returns the number of bytes of the character at s[i], 1 for a byte that is not
// UTF-8.
func characterWidth(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	_, width := utf8.DecodeRuneInString(s[i:])
	return width
}
