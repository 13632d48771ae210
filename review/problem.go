package review

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"fargate-webhook/internal/text"
)

// Problem is input that can't be read, an error.
type Problem struct { //nolint:errname // it is data of the report, and an error besides
	// Text says what is wrong.
	Text string `json:"text"`
	// Source is the file as it was named, empty where the problem isn't that of one source.
	Source string `json:"source,omitempty"`
	// Line is where in Source it is, from 1; 0 where that isn't known. Text names no line then.
	Line int `json:"line,omitempty"`
	// Minor is true for what was to be expected, and fails nothing: a part of a cluster that the user
	// has no right to read.
	Minor bool `json:"minor,omitempty"`
}

// Serious reports that a problem that isn't minor is among them.
func Serious(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Minor })
}

// isMinor reports an error of a source that says so of itself.
func isMinor(err error) bool {
	says, ok := errors.AsType[interface {
		error
		Minor() bool
	}](err)
	return ok && says.Minor()
}

// Error returns the text with its line. Without a line the text names the source where it is known.
func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.Source, p.Line, p.Text)
}

// maxProblem is the longest text of a problem, in bytes: decoders quote what they can't read.
const maxProblem = 1 << 10

// problem returns an error of the document, at the line of the field that it is about.
func (d *documentText) problem(err error) *Problem {
	line := d.line
	if at, ok := errors.AsType[*lineError](err); ok {
		line = at.line
	}
	if at, ok := errors.AsType[*fieldError](err); ok && d.parse() == nil && d.root != nil {
		offset, _ := d.root.Find(at.field)
		line = d.position(offset).Line
	}
	return &Problem{Text: text.Truncate(err.Error(), maxProblem), Source: d.source.Name, Line: line}
}

// maxProblems is how many problems of a source are reported; the others are counted.
const maxProblems = 100

// problems are those of a review. They are added in the order of the documents, but twice: of what
// can't be read first, then of what can't be decoded.
type problems struct {
	list []placed
	// kept counts, by source, the problems in list since next, and others the further ones.
	kept, others map[int]int
}

// placed is a problem, the place of its source, and that of its document.
type placed struct {
	source, document int
	*Problem
}

func (p *problems) any() bool { return len(p.list) > 0 }

func (p *problems) add(source, document int, problem *Problem) {
	if p.kept == nil {
		p.kept, p.others = map[int]int{}, map[int]int{}
	}
	if p.kept[source]++; p.kept[source] > maxProblems {
		p.others[source]++
		return
	}
	p.list = append(p.list, placed{source, document, problem})
}

// next begins again with the first document.
func (p *problems) next() { clear(p.kept) }

// all returns the problems in the order of the documents.
func (p *problems) all() []Problem {
	slices.SortStableFunc(p.list, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.document, b.document))
	})
	var list []Problem
	for from := 0; from < len(p.list); {
		source, to := p.list[from].source, from
		for ; to < len(p.list) && p.list[to].source == source; to++ {
			if to-from < maxProblems {
				list = append(list, *p.list[to].Problem)
			}
		}
		if more := p.others[source] + max(to-from-maxProblems, 0); more > 0 {
			name := p.list[from].Source
			list = append(list, Problem{Text: fmt.Sprintf("%s: %d more problems", name, more), Source: name})
		}
		from = to
	}
	return list
}
