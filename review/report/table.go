package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"fargate-webhook/internal/parallel"
	"fargate-webhook/internal/spool"
	"fargate-webhook/review"
)

// column is a column of the table.
type column struct {
	title string
	cell  func(*review.Item) string
}

// columns of the table; wide has those of wideColumns too.
var (
	columns = []column{
		{"RESULT", outcome},
		{"KIND", func(i *review.Item) string { return i.Kind }},
		{"NAMESPACE", func(i *review.Item) string { return i.Namespace }},
		{"NAME", func(i *review.Item) string { return i.Name }},
		{"RUNS ON", runsOn},
		{"SIZE", func(i *review.Item) string { return sizeText(i.Size) }},
		{"SOURCE", func(i *review.Item) string { return i.Source }},
	}
	wideColumns = slices.Concat(columns[:len(columns)-1], []column{
		{"REQUESTS", usageText(func(u *review.Usage) review.Amount { return u.Requested })},
		{"UNUSED", usageText(func(u *review.Usage) review.Amount { return u.Unused })},
		{"FINDINGS", ruleNames},
		{"SOURCE", func(i *review.Item) string { return fmt.Sprintf("%s:%d", i.Source, i.Line) }},
	})
)

// table writes the report for people: a line for each object, by namespace, the worst first; then
// what the lines don't say, and the counts. What it keeps of an item is its line: the details are in
// a temporary file once they are many.
type table struct {
	to      io.Writer
	options Options
	columns []column
	// brief leaves the details out.
	brief   bool
	rows    []row
	details spool.Spool
	texts   map[string]string
	refused int
}

// row is the line of an object.
type row struct {
	namespace string
	badness   int
	// judged is false for an object that has no line.
	judged bool
	color  string
	cells  []string
	// details are what the line doesn't say.
	details spool.Ref
}

func newTable(w io.Writer, o Options) Writer {
	return &table{to: w, options: o, columns: columns, texts: map[string]string{}}
}

// newWide returns a table with more columns and without details, whose lines are never cut.
func newWide(w io.Writer, o Options) Writer {
	return &table{to: w, options: Options{Color: o.Color}, columns: wideColumns, brief: true, texts: map[string]string{}}
}

// Add takes items.
func (t *table) Add(items []review.Item) error {
	t.refused += withPodsRefused(items)
	details := make([]lines, len(items))
	if !t.brief {
		parallel.Do(len(items), func(i int) {
			details[i].options = t.options
			writeDetails(&details[i], &items[i])
		})
	}
	for i := range items {
		item := &items[i]
		r := row{namespace: t.shared(item.Namespace), badness: badness(item), judged: item.Result != review.ResultSkip, color: resultColor(item)}
		if r.judged {
			r.cells = make([]string, len(t.columns))
			for k := range t.columns {
				r.cells[k] = t.shared(plain(t.columns[k].cell(item)))
			}
		}
		if details[i].Len() > 0 {
			r.details = t.details.Put([]byte(details[i].String()))
		}
		if r.judged || r.details.Len() > 0 {
			t.rows = append(t.rows, r)
		}
	}
	return nil
}

// shared returns a text as often as it comes as the same string. Most columns have few texts.
func (t *table) shared(text string) string {
	const most = 1000
	if known, ok := t.texts[text]; ok {
		return known
	}
	if len(t.texts) < most {
		t.texts[text] = text
	}
	return text
}

// End writes all of the table.
func (t *table) End(r *review.Report) (err error) {
	defer func() { err = errors.Join(err, t.details.Close()) }()
	worstFirst(t.rows, func(r *row) (string, int) { return r.namespace, r.badness })
	out := bufio.NewWriter(t.to)
	t.writeRows(out)
	for i := range t.rows {
		if t.rows[i].details.Len() == 0 {
			continue
		}
		text, err := t.details.Get(t.rows[i].details)
		if err != nil {
			return err
		}
		_, _ = out.Write(text) // Flush says it
	}
	end := lines{options: t.options}
	end.WriteString("\n" + counts(r, t.refused) + "\n")
	if line := r.Bill.Line(); line != "" {
		end.line(0, "%s", line)
		for _, part := range r.Bill.Parts() {
			end.line(2, "%s", part)
		}
	}
	if n := len(r.Problems); n > 0 {
		end.line(0, "%s", unread(n))
	}
	_, _ = out.WriteString(end.String()) // Flush says it
	return out.Flush()
}

// unread says that a report may lack objects.
func unread(problems int) string {
	if problems == 1 {
		return "1 problem: not all of the input could be read"
	}
	return fmt.Sprintf("%d problems: not all of the input could be read", problems)
}

// writeRows writes the header and a line for each judged object. Where a line would be wider than
// the terminal, it loses the start of its source.
func (t *table) writeRows(out *bufio.Writer) {
	widths := make([]int, len(t.columns))
	for i := range t.columns {
		widths[i] = utf8.RuneCountInString(t.columns[i].title)
		for k := range t.rows {
			if t.rows[k].judged {
				widths[i] = max(widths[i], utf8.RuneCountInString(t.rows[k].cells[i]))
			}
		}
	}
	l := lines{options: t.options}
	write := func(color string, cell func(i int) string) {
		used := 0
		for i := range t.columns {
			text := cell(i)
			if i == len(t.columns)-1 {
				l.WriteString(l.shortened(text, used) + "\n")
				break
			}
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+2)
			if used += widths[i] + 2; i == 0 {
				text = l.colored(text, color)
			}
			l.WriteString(text + padding)
		}
		_, _ = out.WriteString(l.String()) // Flush says it
		l.Reset()
	}
	write("", func(i int) string { return t.columns[i].title })
	for k := range t.rows {
		if r := &t.rows[k]; r.judged {
			write(r.color, func(i int) string { return r.cells[i] })
		}
	}
}
