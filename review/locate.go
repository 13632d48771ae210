package review

import (
	"bytes"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/yamltext"
)

// Finding is a problem of an object, and where its field is in the source.
type Finding struct {
	rules.Finding
	// Line and Column are those of the field's key, or of an item of a list, from 1. Columns are
	// Unicode characters. A field that isn't there is where the nearest field above it is.
	Line   int `json:"line"`
	Column int `json:"column"`
}

// found returns findings that have no positions yet.
func found(findings []rules.Finding) []Finding {
	list := make([]Finding, len(findings))
	for i := range findings {
		list[i].Finding = findings[i]
	}
	return list
}

// Ignored is a finding that an annotation asks to ignore, and where its field is, as of a Finding.
type Ignored struct {
	fargate.Ignored
	Line   int `json:"line"`
	Column int `json:"column"`
}

// ignored returns findings that have no positions yet.
func ignored(findings []fargate.Ignored) []Ignored {
	var list []Ignored
	for i := range findings {
		list = append(list, Ignored{Ignored: findings[i]})
	}
	return list
}

// fileText is the content of a file without its byte order mark.
type fileText struct {
	data []byte
	// marked is true where it has a byte order mark.
	marked bool
	// positions is nil until one is asked for.
	positions *yamltext.Text
}

func newFileText(data []byte) *fileText {
	text, marked := bytes.CutPrefix(data, []byte("\ufeff"))
	return &fileText{data: text, marked: marked}
}

func (f *fileText) position(offset int) yamltext.Position {
	if f.positions == nil {
		f.positions = yamltext.NewText(f.data)
	}
	return f.positions.Position(offset)
}

// locate sets the lines of items, and the positions of their findings. of are the manifests that the
// items are about. The items of a document follow each other. Only one with findings, ignored ones and unknown fields too, is parsed.
func locate(items []Item, of []*manifest) {
	for from := 0; from < len(items); {
		doc := &of[from].document
		to, findings := from, 0
		for ; to < len(items) && of[to].file == doc.file && of[to].index == doc.index; to++ {
			findings += len(items[to].Findings) + len(items[to].Ignored) + len(items[to].UnknownFields)
		}
		begin := doc.start + content(doc.file.data[doc.start:doc.end])
		var root *yamltext.Node
		if findings > 0 {
			root, _ = yamltext.Parse(doc.file.data[doc.start:doc.end]) // else it is where the document begins
		}
		for i := from; i < to; i++ {
			items[i].locate(of[i], root, begin)
		}
		from = to
	}
}

// locate sets the line of an item and the positions of its findings. root is the document's, nil if
// it wasn't parsed; begin is where the document begins.
func (i *Item) locate(m *manifest, root *yamltext.Node, begin int) {
	object := root
	for _, at := range m.within {
		if _, items := object.Entry("items"); items.Item(at) != nil {
			object = items.Item(at)
		}
	}
	if object != nil {
		begin = m.start + object.Offset
	}
	i.Line = m.file.position(begin).Line
	find := func(field string) yamltext.Position {
		at := begin
		if object != nil {
			offset, _ := object.Find(field)
			at = m.start + offset
		}
		return m.file.position(at)
	}
	for k := range i.Findings {
		at := find(i.Findings[k].Field)
		i.Findings[k].Line, i.Findings[k].Column = at.Line, at.Column
	}
	for k := range i.Ignored {
		at := find(i.Ignored[k].Field)
		i.Ignored[k].Line, i.Ignored[k].Column = at.Line, at.Column
	}
	for _, field := range i.UnknownFields {
		i.unknownAt = append(i.unknownAt, find(field))
	}
}

// content returns the offset of a document's first line that is neither empty nor a comment: of
// the first character in it that isn't blank.
func content(text []byte) int {
	for at := 0; at < len(text); {
		end := len(text)
		if next := bytes.IndexByte(text[at:], '\n'); next >= 0 {
			end = at + next + 1
		}
		line := bytes.TrimLeft(text[at:end], " \t\r\n")
		if len(line) > 0 && line[0] != '#' {
			return end - len(line)
		}
		at = end
	}
	return 0
}

// Origin is where an object was written.
type Origin struct {
	// File is the content of its file, without a byte order mark. Items of one file share it.
	File []byte
	// Marked is true for a file with a byte order mark.
	Marked bool
	// Start and End are the object's document in it.
	Start, End int
	// Within are the object's places in its Lists, from the outermost.
	Within []int
}

func keepText(items []Item, of []*manifest) {
	for i, m := range of {
		items[i].Origin = &Origin{File: m.file.data, Marked: m.file.marked, Start: m.start, End: m.end, Within: m.within}
	}
}
