package html

import (
	"bufio"
	"io"
	"strings"
	"unicode"
)

// markup is HTML that is written in this package. A text of somebody else isn't one: only untyped
// constants become markup by themselves, and nothing here converts a string.
type markup string

// page writes HTML. Its errors are those of [bufio.Writer]: the first one stays, and Flush returns
// it.
type page struct{ out *bufio.Writer }

func newPage(w io.Writer) *page { return &page{bufio.NewWriterSize(w, 1<<16)} }

// hole is where put writes a text into markup.
const hole = "{}"

// put writes markup with a text in each of its holes. A hole is between elements, or is the whole
// value of a quoted attribute that holds no URL, style or script: there escape is all that it takes.
func (p *page) put(m markup, texts ...string) {
	rest := string(m)
	for _, text := range texts {
		before, after, _ := strings.Cut(rest, hole)
		_, _ = p.out.WriteString(before) // Flush returns its error
		p.text(text)
		rest = after
	}
	_, _ = p.out.WriteString(rest)
}

// text writes a text.
func (p *page) text(s string) {
	_, _ = escape.WriteString(p.out, visible(s)) // Flush returns its error
}

// escape replaces all that ends a text or a quoted attribute.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// visible replaces bytes that aren't UTF-8, and characters that no one sees but that change how the
// others look: names of manifests that no API server has checked may hold them.
func visible(s string) string {
	clean := true
	for _, r := range s {
		if unseen(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// unseen reports control characters except for those that end a line or a word, and what changes
// the direction of a text or has no width. It reports U+FFFD too, which stands for broken bytes.
func unseen(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < ' ' || r >= 0x7f && r < 0xa0 || r == unicode.ReplacementChar:
		return true
	}
	return r > unicode.MaxLatin1 && unicode.Is(unicode.Cf, r)
}
