package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"fargate-webhook/internal/text"
	"fargate-webhook/review"
)

// maxMarkdown is the longest comment, in characters, that GitHub takes; leftOutRoom is what the note
// about what was left out needs of it.
const (
	maxMarkdown = 65_536
	leftOutRoom = 300
)

// markdownText replaces what Markdown, HTML or GitHub may take for markup, a mention or a link, by
// its character reference.
var markdownText = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;", "!", "&#33;",
	"\\", "&#92;", "~", "&#126;", "@", "&#64;", "#", "&#35;", "$", "&#36;", ":", "&#58;", "www.", "www&#46;", "\"", "&quot;",
)

// code returns a text of strangers as code, in which nothing is markup.
func code(s string) string { return "<code>" + markdownText.Replace(plain(s)) + "</code>" }

// writeMarkdown writes the report for the comment of a pull request: a table of the objects that
// aren't as they should be, and below it their findings, folded.
func writeMarkdown(w io.Writer, r *review.Report, _ Options) error {
	out := bounded{room: maxMarkdown - leftOutRoom}
	out.add(fmt.Sprintf("### %s fargate-webhook review\n\n%s.\n", mark(r), counts(r, withPodsRefused(r.Items))))
	addProblems(&out, r.Problems)
	var notable []*review.Item
	items := make([]*review.Item, len(r.Items))
	for i := range r.Items {
		items[i] = &r.Items[i]
	}
	worstFirst(items, func(i **review.Item) (string, int) { return (*i).Namespace, badness(*i) })
	for _, item := range items {
		if badness(item) >= badness(&review.Item{Result: review.ResultChange}) || item.NotJudged != "" || len(item.Ignored)+len(item.UnknownFields) > 0 {
			notable = append(notable, item)
		}
	}
	if len(notable) > 0 {
		out.add("\n| | Object | Runs on | Size | Source |\n|---|---|---|---|---|\n")
	}
	rows, details := 0, 0
	for _, item := range notable {
		if !out.add(fmt.Sprintf("| %s | %s | %s | %s | %s |\n", outcomeText(item), code(subject(item)), code(runsOn(item)), sizeText(item.Size),
			code(fmt.Sprintf("%s:%d", item.Source, item.Line)))) {
			break
		}
		rows++
	}
	for _, item := range notable {
		if !out.add(markdownDetails(item)) {
			break
		}
		details++
	}
	if left := len(notable) - rows; left > 0 {
		_, _ = fmt.Fprintf(&out, "\nLeft out for length: %d more objects in the table.\n", left)
	}
	if left := len(notable) - details; left > 0 {
		_, _ = fmt.Fprintf(&out, "\nLeft out for length: the findings and changes of %d objects.\n", left)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// addProblems adds the list of what couldn't be read.
func addProblems(out *bounded, problems []review.Problem) {
	if len(problems) > 0 {
		out.add("\n**" + strconv.Itoa(len(problems)) + " × " + cannotRead + ":**\n\n")
	}
	for i := range problems {
		if !out.add("- " + code(problems[i].Error()) + "\n") {
			_, _ = fmt.Fprintf(out, "\nLeft out for length: %d more of these.\n", len(problems)-i)
			return
		}
	}
}

// bounded is a text that takes no part for which it has no room.
type bounded struct {
	strings.Builder
	room int
}

func (b *bounded) add(part string) bool {
	// GitHub counts UTF-16 units: two bytes of UTF-8 or more are at most one unit.
	units := 0
	for _, r := range part {
		units += 1 + (utf8.RuneLen(r)-1)/3
	}
	if units > b.room {
		return false
	}
	b.room -= units
	b.WriteString(part)
	return true
}

// mark is how it went at a glance.
func mark(r *review.Report) string {
	if review.Serious(r.Problems) {
		return "❌"
	}
	worst := 0
	if len(r.Problems) > 0 {
		worst = badness(&review.Item{Result: review.ResultWarn})
	}
	for i := range r.Items {
		worst = max(worst, badness(&r.Items[i]))
	}
	switch {
	case worst > badness(&review.Item{Result: review.ResultWarn}):
		return "❌"
	case worst == badness(&review.Item{Result: review.ResultWarn}):
		return "⚠️"
	}
	return "✅"
}

func outcomeText(i *review.Item) string {
	if i.Denied() {
		return "**" + outcome(i) + "**"
	}
	return outcome(i)
}

// markdownDetails returns the findings and changes of an object, folded.
func markdownDetails(i *review.Item) string {
	var out strings.Builder
	findings := allFindings(i)
	for k := range findings {
		f := &findings[k]
		action := "warns"
		if refuses(f) {
			action = "**denies**"
		}
		fmt.Fprintf(&out, "- %s %s at line %d, %s: %s<br>Fix: %s\n", code(string(f.Rule)), action, f.Line, code(fieldText(&f.Finding)), code(f.Message), code(f.Remedy))
	}
	for k := range i.Ignored {
		f := &i.Ignored[k]
		fmt.Fprintf(&out, "- %s is ignored: %s<br>Reason: %s\n", code(string(f.Rule)), code(f.Message), code(f.Reason))
	}
	if i.NotJudged != "" {
		fmt.Fprintf(&out, "- not judged: %s\n", code(i.NotJudged))
	}
	for _, op := range i.Patch {
		fmt.Fprintf(&out, "- %s\n", code(op.Op+" "+op.Path+text.Value(op.Value)))
	}
	if out.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("\n<details><summary>%s %s</summary>\n\n%s\n</details>\n", outcome(i), code(subject(i)), out.String())
}
