package review

import (
	"bytes"
	"sync"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/spool"
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

// texts are the texts of documents that items are located in.
type texts struct {
	get  func(spool.Ref) ([]byte, error)
	last *documentText
}

// of returns the text of a document. Its objects follow each other.
func (t *texts) of(d *document) *documentText {
	if t.last == nil || t.last.document != d {
		t.last = &documentText{document: d, get: t.get}
	}
	return t.last
}

// documentText is the text of a document, which is read and parsed only when something in it is to be
// found.
type documentText struct {
	*document
	get  func(spool.Ref) ([]byte, error)
	once sync.Once
	// root is nil for a text that can't be parsed.
	root  *yamltext.Node
	lines *yamltext.Text
	err   error
}

func (d *documentText) parse() error {
	d.once.Do(func() {
		var data []byte
		if data, d.err = d.get(d.text); d.err == nil {
			d.root, _ = yamltext.Parse(data) // else everything is where the document begins
			d.lines = yamltext.NewText(data)
		}
	})
	return d.err
}

// position returns the place in the source of an offset in the text.
func (d *documentText) position(offset int) yamltext.Position {
	at := d.lines.Position(offset)
	if at.Line == 1 {
		at.Column += d.column - 1
	}
	at.Line += d.line - 1
	return at
}

// locate sets the lines of the items of an object, and the positions of their findings. Only a
// document with findings, ignored ones and unknown fields too, is parsed.
func (d *documentText) locate(items []Item, m *manifest) error {
	findings := 0
	for i := range items {
		items[i].Line = m.beginLine
		findings += len(items[i].Findings) + len(items[i].Ignored) + len(items[i].UnknownFields)
	}
	if findings == 0 {
		return nil
	}
	if err := d.parse(); err != nil {
		return err
	}
	object, begin := d.root, m.begin
	for _, at := range m.within {
		if _, list := object.Entry("items"); list.Item(at) != nil {
			object = list.Item(at)
		}
	}
	if object != nil {
		begin = object.Offset
	}
	for i := range items {
		items[i].Line = d.position(begin).Line
		items[i].locate(func(field string) yamltext.Position {
			at := begin
			if object != nil {
				at, _ = object.Find(field)
			}
			return d.position(at)
		})
	}
	return nil
}

// locate sets the positions of findings.
func (i *Item) locate(find func(field string) yamltext.Position) {
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

// origin returns where the object was written, nil unless that is to be known.
func (m *manifest) origin() *Origin {
	if m.file == nil {
		return nil
	}
	return &Origin{File: m.file.data, Marked: m.file.marked, Start: m.start, End: m.start + m.text.Len(), Within: m.within}
}
