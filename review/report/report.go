// Package report writes what a review found, for people and for programs: each format takes the items
// of a review as they come. What manifests hold is data of strangers, and no format lets it be more
// than text.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"fargate-webhook/review"
	"fargate-webhook/review/report/html"
)

// Options are what a format may need to know of where it is written to.
type Options struct {
	// Color is true where colors are wanted.
	Color bool
	// Width is that of the terminal, in characters; 0 where there is none.
	Width int
}

// Format is a form of the report.
type Format struct {
	Name string
	// Help says in one line what it is good for.
	Help string
	open func(io.Writer, Options) Writer
}

// Writer writes a report.
type Writer interface {
	// Add takes items, which must not change afterwards.
	Add(items []review.Item) error
	// End writes what isn't written yet. The report's own items don't count.
	End(r *review.Report) error
}

// formats are all formats, in the order in which help lists them.
var formats = [...]Format{
	{"table", "for people", newTable},
	{"wide", "for people: one line with more columns, no details", newWide},
	{"json", "for programs: stable, fields are only added", newJSON},
	{"yaml", "the manifests as admission changes them, each pod template as its pods", atEnd(writeYAML)},
	{"diff", "the unified diff from the manifests to those of yaml", atEnd(writeDiff)},
	{"sarif", "SARIF 2.1.0, for code scanning: findings with line and column", atEnd(writeSARIF)},
	{"junit", "JUnit XML, for CI: a suite for each source, a case for each object", atEnd(writeJUnit)},
	{"github", "commands of GitHub Actions: annotations of lines", atEnd(writeGitHub)},
	{"openreports", "Report objects of openreports.io/v1alpha1", atEnd(writeOpenReports)},
	{"markdown", "for the comment of a pull request", atEnd(writeMarkdown)},
	{"html", "for people: one page with pictures, for a browser, which opens from disk", atEnd(writeHTML)},
}

// NeedsText reports a format for which the reviewer must keep the text of the manifests.
func (f Format) NeedsText() bool { return f.Name == "yaml" || f.Name == "diff" }

// Formats returns all formats, in the order in which help lists them.
func Formats() []Format { return slices.Clone(formats[:]) }

// Find returns the format with a name. The error lists those that there are.
func Find(name string) (Format, error) {
	names := make([]string, len(formats))
	for i, f := range formats {
		if f.Name == name {
			return f, nil
		}
		names[i] = f.Name
	}
	last := len(names) - 1
	return Format{}, fmt.Errorf("must be %s or %s", strings.Join(names[:last], ", "), names[last])
}

// New returns a writer to w. Formats other than table, wide and json keep the items until the end.
func (f Format) New(w io.Writer, o Options) Writer { return f.open(w, o) }

// Write writes a report with its items.
func (f Format) Write(w io.Writer, r *review.Report, o Options) error {
	out := f.New(w, o)
	if err := out.Add(r.Items); err != nil {
		return err
	}
	return out.End(r)
}

// atEnd makes a format of a function that needs all items at once.
func atEnd(write func(io.Writer, *review.Report, Options) error) func(io.Writer, Options) Writer {
	return func(w io.Writer, o Options) Writer { return &whole{to: w, options: o, write: write} }
}

// whole is a Writer that keeps all items.
type whole struct {
	to      io.Writer
	options Options
	write   func(io.Writer, *review.Report, Options) error
	items   []review.Item
}

func (w *whole) Add(items []review.Item) error {
	w.items = append(w.items, items...)
	return nil
}

func (w *whole) End(r *review.Report) error {
	all := *r
	all.Items = w.items
	return w.write(w.to, &all, w.options)
}

// Write writes a report in the format with a name.
func Write(w io.Writer, name string, r *review.Report, o Options) error {
	f, err := Find(name)
	if err != nil {
		return fmt.Errorf("format %q %w", name, err)
	}
	return f.Write(w, r, o)
}

// cannotRead is the title of what is wrong with the input, as against with an object.
const cannotRead = "the input can't be read"

func writeHTML(w io.Writer, r *review.Report, _ Options) error { return html.Write(w, r) }
