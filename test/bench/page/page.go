// Package page writes docs/performance.md and its pictures from the results of `make bench`.
package page

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"text/template"

	"fargate-webhook/test/bench/results"
)

// Files of a page, in the folder docs.
const (
	Markdown = "performance.md"
	Handlers = "performance-handlers.svg"
	Creates  = "performance-creates.svg"
	Data     = "performance.json"
)

//go:embed performance.md.tmpl tried.md
var texts embed.FS

// Render returns the files of the page, by name.
func Render(r *results.Results) (map[string][]byte, error) {
	text, err := Text(r)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{Markdown: text, Handlers: handlersPicture(r), Creates: createsPicture(r)}, nil
}

// Text returns the page itself.
func Text(r *results.Results) ([]byte, error) {
	tried, err := texts.ReadFile("tried.md")
	if err != nil {
		return nil, err
	}
	// The comment at its top is about the file.
	if _, rest, found := bytes.Cut(tried, []byte("-->\n")); found {
		tried = bytes.TrimSpace(rest)
	}
	t, err := template.ParseFS(texts, "performance.md.tmpl")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, view{Results: r, Tried: string(tried)})
	return b.Bytes(), err
}

// view is what the template shows.
type view struct {
	*results.Results
	Tried string
}

// WithoutKyverno says why Kyverno is not compared; empty if it is.
func (v view) WithoutKyverno() string {
	for i := range v.Creates.Rows {
		if row := &v.Creates.Rows[i]; row.Variant == results.Kyverno {
			return row.Absent
		}
	}
	return "this run had no row for it"
}

// table is a Markdown table.
type table struct{ b strings.Builder }

// newTable begins a table. Columns whose heading begins with ">" are aligned to the right.
func newTable(headings ...string) *table {
	t := &table{}
	rule := make([]string, len(headings))
	for i, heading := range headings {
		rule[i] = "---"
		if name, right := strings.CutPrefix(heading, ">"); right {
			headings[i], rule[i] = name, "---:"
		}
	}
	t.row(headings...)
	t.b.WriteString("|" + strings.Join(rule, "|") + "|\n")
	return t
}

func (t *table) row(cells ...string) { t.b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }

// String returns the table without the end of its last line.
func (t *table) String() string { return strings.TrimSuffix(t.b.String(), "\n") }

// missing returns what is said instead of a part that was not measured; empty if it was.
func (v view) missing(part string, measured bool) string {
	if measured {
		return ""
	}
	reason := v.Absent[part]
	if reason == "" {
		reason = "this run left it out"
	}
	return "Not measured: " + reason + "."
}

// micro formats nanoseconds as microseconds.
func micro(nanoseconds int64) string {
	if nanoseconds < 10_000 {
		return fmt.Sprintf("%.1f", float64(nanoseconds)/1000)
	}
	return fmt.Sprintf("%.0f", float64(nanoseconds)/1000)
}
