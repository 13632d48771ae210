package summary

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"fargate-webhook/internal/text"
)

// column is a column of the table.
type column struct {
	title string
	// number returns the number in a row, and total that of all; a column whose total is 0 is left
	// out. Both are nil for a column of texts.
	number func(*Group) int64
	total  func(*Report) int64
	cell   func(*Group) string
}

// columns of the table, after the name of the group.
var columns = []column{
	{title: "REFUSED", number: func(g *Group) int64 { return g.Refused }, total: func(r *Report) int64 { return r.Refused }},
	{title: "WOULD REFUSE", number: func(g *Group) int64 { return g.WouldRefuse }, total: func(r *Report) int64 { return r.WouldRefuse }},
	{title: "CHANGED", number: func(g *Group) int64 { return g.Changed }, total: func(r *Report) int64 { return r.Changed }},
	{title: "WOULD CHANGE", number: func(g *Group) int64 { return g.WouldChange }, total: func(r *Report) int64 { return r.WouldChange }},
	{title: "1ST HALF", number: func(g *Group) int64 { return g.Earlier }, total: (*Report).divided},
	{title: "2ND HALF", number: func(g *Group) int64 { return g.Later }, total: (*Report).divided},
	{title: "FIRST", cell: func(g *Group) string { return clock(g.First) }},
	{title: "LAST", cell: func(g *Group) string { return clock(g.Last) }},
	{title: "LAST OBJECT", cell: func(g *Group) string { return text.Plain(g.Example) }},
}

// divided returns more than 0 if there are halves to show.
func (r *Report) divided() int64 {
	if r.Halves {
		return r.total()
	}
	return 0
}

// clock returns a time as it is shown, to the second.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(w io.Writer) error { return text.WriteJSON(w, r) }

// WriteText writes the report for people: a table of the groups, and what follows from it.
func (r *Report) WriteText(w io.Writer) error {
	var out strings.Builder
	if r.total() > 0 {
		r.writeTable(&out)
		out.WriteString("\n")
	}
	for _, line := range r.notes() {
		out.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (r *Report) writeTable(out *strings.Builder) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	cells := []string{strings.ToUpper(string(r.By))}
	var shown []column
	for _, c := range columns {
		if c.total == nil || c.total(r) > 0 {
			cells, shown = append(cells, c.title), append(shown, c)
		}
	}
	fmt.Fprintln(table, strings.Join(cells, "\t")) //nolint:errcheck // a builder takes all
	for i := range r.Groups {
		g := &r.Groups[i]
		name := text.Plain(g.Name)
		if name == "" {
			name = "-"
		}
		cells = append(cells[:0], name)
		for _, c := range shown {
			if c.cell != nil {
				cells = append(cells, c.cell(g))
			} else {
				cells = append(cells, fmt.Sprint(c.number(g)))
			}
		}
		fmt.Fprintln(table, strings.Join(cells, "\t")) //nolint:errcheck // a builder takes all
	}
	table.Flush() //nolint:errcheck // a builder takes all
}

// notes say what the table doesn't.
func (r *Report) notes() []string {
	var notes []string
	add := func(when bool, format string, args ...any) {
		if when {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	add(r.More > 0, "%s with %s not shown: set --top", count(int64(r.More), "more group"), count(r.Others.total(), "request"))
	add(r.Merged, "there were more groups than are kept: counts of the smaller ones may be too low")
	if r.From == nil {
		add(true, "no request was refused or changed")
	} else {
		add(true, "%s from %s to %s: %s", count(r.total(), "request"), clock(*r.From), clock(*r.To), r.outcomes())
	}
	add(r.WouldRefuse+r.WouldChange > 0, "mode Observe let %s through: mode Enforce would refuse %d of them and change %d",
		count(r.WouldRefuse+r.WouldChange, "request"), r.WouldRefuse, r.WouldChange)
	add(r.WouldRefuse > 0 && r.By == ByRule, "before you switch: --by owner names whose objects, and fargate-webhook explain RULE the fix")
	add(r.Lines.DryRuns > 0, "dry runs among them: %d", r.Lines.DryRuns)
	add(r.Lines.Unproven > 0, "from callers that proved nothing, so that the lines may be forged: %d", r.Lines.Unproven)
	add(r.Since != nil && r.Lines.Earlier > 0, "lines left out as older: %d", r.Lines.Earlier)
	add(r.Lines.Other > 0, "lines left out as those of another log: %d", r.Lines.Other)
	add(r.Lines.Damaged > 0, "lines left out as damaged: %d", r.Lines.Damaged)
	return notes
}

// outcomes lists what became of the requests.
func (r *Report) outcomes() string {
	var list []string
	for _, each := range []struct {
		count int64
		text  string
	}{{r.Refused, "refused"}, {r.Changed, "changed"}, {r.WouldRefuse, "would be refused"}, {r.WouldChange, "would be changed"}} {
		if each.count > 0 {
			list = append(list, fmt.Sprintf("%d %s", each.count, each.text))
		}
	}
	return strings.Join(list, ", ")
}

// count returns a number with its noun.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
