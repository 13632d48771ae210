package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

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

// writeTable writes the report for people: a line for each object, by namespace, the worst first;
// then what the lines don't say, and the counts.
func writeTable(w io.Writer, r *review.Report, o Options) error {
	items := worstFirst(r.Items)
	out := lines{options: o}
	out.rows(items, columns)
	for _, item := range items {
		writeDetails(&out, item)
	}
	return out.end(w, r)
}

// writeWide writes the table with more columns and without details.
func writeWide(w io.Writer, r *review.Report, o Options) error {
	out := lines{options: Options{Color: o.Color}}
	out.rows(worstFirst(r.Items), wideColumns)
	return out.end(w, r)
}

// lines is the text of a table.
type lines struct {
	strings.Builder
	options Options
}

func (l *lines) end(w io.Writer, r *review.Report) error {
	l.WriteString("\n" + counts(r) + "\n")
	if line := r.Bill.Line(); line != "" {
		l.line(0, "%s", line)
	}
	_, err := io.WriteString(w, l.String())
	return err
}

// rows writes the header and a line for each judged object. Where a line would be wider than the
// terminal, it loses the start of its source.
func (l *lines) rows(items []*review.Item, columns []column) {
	rows := [][]string{make([]string, len(columns))}
	for i := range columns {
		rows[0][i] = columns[i].title
	}
	judged := slices.DeleteFunc(slices.Clone(items), func(i *review.Item) bool { return i.Result == review.ResultSkip })
	for _, item := range judged {
		row := make([]string, len(columns))
		for i := range columns {
			row[i] = plain(columns[i].cell(item))
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(columns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range rows {
		used := 0
		for i, cell := range row {
			if i == len(row)-1 {
				l.WriteString(l.shortened(cell, used))
				break
			}
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			if used += widths[i] + 2; i == 0 && n > 0 {
				cell = l.colored(cell, resultColor(judged[n-1]))
			}
			l.WriteString(cell + padding)
		}
		l.WriteByte('\n')
	}
}

// leastSource is how many characters of a source are kept, however narrow the terminal.
const leastSource = 12

func (l *lines) shortened(source string, used int) string {
	room := max(l.options.Width-used, leastSource)
	if runes := []rune(source); l.options.Width > 0 && len(runes) > room {
		return "…" + string(runes[len(runes)-room+1:])
	}
	return source
}

// line writes an indented line of details, wrapped to the terminal.
func (l *lines) line(indent int, format string, args ...any) {
	text, width := plain(fmt.Sprintf(format, args...)), l.options.Width-indent
	begin := strings.Repeat(" ", indent)
	for l.options.Width > 0 && width > 20 && utf8.RuneCountInString(text) > width {
		runes := []rune(text)
		cut := strings.LastIndexByte(string(runes[:width+1]), ' ')
		if cut <= 0 {
			break
		}
		l.WriteString(begin + text[:cut] + "\n")
		if text = text[cut+1:]; len(begin) == indent {
			begin, width = begin+"  ", width-2
		}
	}
	l.WriteString(begin + text + "\n")
}

// worstFirst returns the items by namespace and in each the worst first: the namespace with the
// worst item first, those without one last.
func worstFirst(items []review.Item) []*review.Item {
	list := make([]*review.Item, len(items))
	worst := map[string]int{}
	for i := range items {
		list[i] = &items[i]
		worst[items[i].Namespace] = max(worst[items[i].Namespace], badness(&items[i]))
	}
	slices.SortStableFunc(list, func(a, b *review.Item) int {
		return cmp.Or(cmp.Compare(worst[b.Namespace], worst[a.Namespace]), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(badness(b), badness(a)))
	})
	return list
}

// badness is higher for a worse outcome.
func badness(i *review.Item) int {
	order := []review.Result{review.ResultSkip, review.ResultPass, review.ResultExempt, review.ResultChange, review.ResultWarn, "", review.ResultDeny}
	if i.PodsRefused && i.Result != review.ResultDeny {
		return slices.Index(order, "")
	}
	return slices.Index(order, i.Result)
}

// counts is the last line of a report.
func counts(r *review.Report) string {
	refused := 0
	for i := range r.Items {
		if r.Items[i].PodsRefused {
			refused++
		}
	}
	return fmt.Sprintf("%d denied, %d with denied pods, %d with warnings, %d changed, %d exempt, %d as they are, %d not judged",
		r.Summary[review.ResultDeny], refused, r.Summary[review.ResultWarn]-refused, r.Summary[review.ResultChange],
		r.Summary[review.ResultExempt], r.Summary[review.ResultPass], r.Summary[review.ResultSkip])
}

// The colors of ANSI terminals.
const (
	red    = "31"
	yellow = "33"
	green  = "32"
	blue   = "34"
)

func (l *lines) colored(text, color string) string {
	if !l.options.Color || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func resultColor(i *review.Item) string {
	switch {
	case i.Denied():
		return red
	case i.Result == review.ResultWarn:
		return yellow
	case i.Result == review.ResultChange:
		return blue
	case i.Result == review.ResultPass:
		return green
	}
	return ""
}
