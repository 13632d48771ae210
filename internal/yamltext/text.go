// Package yamltext finds fields in the text of YAML and JSON documents that people wrote: where a
// field is, so that a message can point at it, and where its text begins, so that it can be changed
// without rewriting what is around it.
package yamltext

import (
	"bytes"
	"slices"
	"sort"
	"unicode/utf8"
)

// Position is a place in a text. Lines end with "\n" and count from 1; columns are Unicode
// characters and count from 1.
type Position struct{ Line, Column int }

// stride is how many bytes apart the remembered counts of characters are.
const stride = 1 << 10

// Text answers where in a text a byte is. A line may be the whole text, as in JSON that a program
// wrote, so that nothing may count its characters for each question.
type Text struct {
	data []byte
	// lines are the offsets at which lines start.
	lines []int
	// counts[i] is the number of characters before offset i*stride; nil if each is one byte.
	counts []int
}

// NewText returns the text of data, which must not change afterwards.
func NewText(data []byte) *Text {
	t := &Text{data: data, lines: []int{0}}
	for at := 0; ; {
		next := bytes.IndexByte(data[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
		t.lines = append(t.lines, at)
	}
	if !slices.ContainsFunc(data, func(b byte) bool { return b >= utf8.RuneSelf }) {
		return t
	}
	count := 0
	for at, b := range data {
		if at%stride == 0 {
			t.counts = append(t.counts, count)
		}
		if utf8.RuneStart(b) {
			count++
		}
	}
	return t
}

// Position returns the position of the byte at an offset.
func (t *Text) Position(offset int) Position {
	offset = min(max(offset, 0), len(t.data))
	line := sort.Search(len(t.lines), func(i int) bool { return t.lines[i] > offset })
	return Position{Line: line, Column: t.characters(offset) - t.characters(t.lines[line-1]) + 1}
}

// characters returns how many characters begin before an offset.
func (t *Text) characters(offset int) int {
	if t.counts == nil {
		return offset
	}
	known := min(offset/stride, len(t.counts)-1)
	count := t.counts[known]
	for _, b := range t.data[known*stride : offset] {
		if utf8.RuneStart(b) {
			count++
		}
	}
	return count
}
