package review

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/parallel"
	"fargate-webhook/internal/spool"
)

// Stream judges the objects of all sources, which know each other, and calls each with some items at
// a time, in the order of the sources. The report that it returns has no items. What can't be read
// is in its problems, and input without any object is a problem too: most often the program before
// a pipe failed.
//
// Memory doesn't grow with what the objects hold: it has some hundred bytes of each, and more of
// those that are looked up but no workloads. The rest is in a temporary file.
//
// An error is one of each, or of reading the temporary file.
func (r *Reviewer) Stream(sources []Source, each func([]Item) error) (_ Report, err error) {
	s := newStream(r)
	defer func() { err = errors.Join(err, s.spool.Close()) }()
	for i := range sources {
		s.read(&sources[i], i)
	}
	if len(s.manifests) == 0 && !s.problems.any() {
		s.problems.add(len(sources), 0, &Problem{Text: fmt.Sprintf("no Kubernetes object in %s", names(sources))})
	}
	s.problems.next()
	if err := s.judge(each); err != nil {
		return Report{}, err
	}
	return s.totals.report(s.problems.all()), nil
}

// stream is a review that is going on: all objects are read and indexed, since decisions look up
// others, whatever the order; then they are judged one after the other.
type stream struct {
	reviewer *Reviewer
	decoder
	spool     spool.Spool
	manifests []manifest
	known     *given
	problems  problems
	totals    *totals
	// failed is the first error of reading the spool.
	failed atomic.Pointer[error]
}

func newStream(r *Reviewer) *stream {
	s := &stream{reviewer: r, decoder: newDecoder(r.PodTemplates), known: newGiven(r.Namespace), totals: newTotals(r.Prices)}
	s.known.load = s.load
	return s
}

// Batches bound how many documents are in memory at a time.
const (
	batchDocuments = 64
	batchBytes     = 1 << 20
)

// read reads and indexes the objects of a source.
func (s *stream) read(source *Source, order int) {
	documents, file, err := s.open(source)
	if err != nil {
		s.problems.add(order, 0, &Problem{Text: err.Error(), Source: source.Name, Minor: isMinor(err)})
		return
	}
	defer documents.close() //nolint:errcheck // it was only read
	var repeated aliases
	for index, more := 0, true; more; {
		var batch []*parsed
		for size := 0; len(batch) < batchDocuments && size < batchBytes; {
			text, err := documents.next()
			if err != nil {
				if more = false; !errors.Is(err, io.EOF) {
					s.problems.add(order, index+len(batch), &Problem{Text: err.Error(), Source: source.Name})
				}
				break
			}
			f := &parsed{part: text}
			if !documents.json {
				f.broken = repeated.check(text.text)
			}
			size += len(text.text)
			batch = append(batch, f)
		}
		parallel.Do(len(batch), func(i int) { batch[i].decode(s.decoder, documents.json) })
		for _, f := range batch {
			if f.empty {
				continue
			}
			s.take(f, &document{source: source, order: order, index: index, file: file})
			index++
		}
	}
}

// opened is a source that is being read.
type opened struct {
	next  func() (part, error)
	json  bool
	close func() error
}

// open opens a source. Its content is read at once if items are to have an Origin.
func (s *stream) open(source *Source) (*opened, *file, error) {
	in, err := source.Open()
	if err != nil {
		return nil, nil, err
	}
	o := &opened{close: in.Close}
	var from io.Reader = in
	var whole *file
	if s.reviewer.KeepText {
		data, err := readAll(source.Name, in)
		if err != nil {
			_ = in.Close() // it was only read
			return nil, nil, err
		}
		text, marked := bytes.CutPrefix(data, []byte(byteOrderMark))
		whole, from = &file{data: text, marked: marked}, bytes.NewReader(text)
	}
	if o.next, o.json, err = documents(source.Name, from); err != nil {
		_ = in.Close() // it was only read
		return nil, nil, err
	}
	return o, whole, nil
}

// parsed is what a document has.
type parsed struct {
	part
	empty bool
	// broken is why the document can't be read.
	broken  error
	entries []entry
	// problems are those of objects.
	problems []error
}

func (f *parsed) decode(d decoder, isJSON bool) {
	if f.broken != nil {
		return
	}
	data := f.text
	if !isJSON {
		if data, f.broken = converted(&f.part); f.broken != nil {
			return
		}
		if f.empty = data == nil; f.empty {
			return
		}
	}
	f.entries, f.problems = d.entries(data, metav1.TypeMeta{}, 0)
}

// take keeps what a document has.
func (s *stream) take(f *parsed, of *document) {
	of.line, of.column, of.start = f.line, f.column, f.start
	text := documentText{document: of, get: func(spool.Ref) ([]byte, error) { return f.text, nil }}
	if f.broken != nil {
		s.problems.add(of.order, of.index, text.problem(f.broken))
		return
	}
	for _, err := range f.problems {
		s.problems.add(of.order, of.index, text.problem(err))
	}
	if len(f.entries) == 0 {
		return
	}
	of.begin = content(f.text)
	of.beginLine = f.line + bytes.Count(f.text[:of.begin], []byte("\n"))
	of.text = s.spool.Put(f.text)
	for i := range f.entries {
		e := &f.entries[i]
		m := manifest{document: of, within: e.within, of: e.TypeMeta, json: s.spool.Put(e.json)}
		s.manifests = append(s.manifests, m)
		s.known.add(e, m.json)
	}
}

// names lists the first sources.
func names(sources []Source) string {
	const most = 5
	var list []string
	for i := range sources {
		if i == most {
			return strings.Join(list, ", ") + fmt.Sprintf(" and %d more", len(sources)-most)
		}
		list = append(list, sources[i].Name)
	}
	return strings.Join(list, ", ")
}
