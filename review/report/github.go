package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"fargate-webhook/review"
)

// githubData escapes the message of a workflow command of GitHub Actions, and githubProperty what
// stands before it.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// writeGitHub writes a workflow command of GitHub Actions for each finding, which becomes an
// annotation of its line. Other lines are log.
func writeGitHub(w io.Writer, r *review.Report, _ Options) error {
	out := bufio.NewWriter(w)
	command := func(name, source string, line, column int, title, text string) {
		place := ""
		if source != review.Stdin && source != "" {
			place = fmt.Sprintf("file=%s,line=%d,", githubProperty.Replace(plain(source)), max(line, 1))
			if column > 0 {
				place += fmt.Sprintf("col=%d,", column)
			}
		}
		fmt.Fprintf(out, "::%s %stitle=%s::%s\n", name, place, githubProperty.Replace(plain(title)), githubData.Replace(plain(text))) //nolint:errcheck // Flush says it
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		name := "error"
		if p.Minor {
			name = "warning"
		}
		command(name, p.Source, p.Line, 0, cannotRead, p.Text)
	}
	for k := range r.Items {
		item := &r.Items[k]
		findings := allFindings(item)
		for n := range findings {
			f := &findings[n]
			name := "warning"
			if refuses(f) {
				name = "error"
			}
			command(name, item.Source, f.Line, f.Column, fmt.Sprintf("%s: %s", f.Rule, subject(item)), f.Field+": "+message(f))
		}
		for _, f := range item.Ignored {
			command("notice", item.Source, f.Line, f.Column, fmt.Sprintf("%s ignored: %s", f.Rule, subject(item)), f.Field+": "+f.Message+"; reason: "+f.Reason)
		}
		if item.NotJudged != "" {
			command("notice", item.Source, item.Line, 0, "not judged: "+subject(item), item.NotJudged)
		}
	}
	fmt.Fprintln(out, counts(r, withPodsRefused(r.Items))) //nolint:errcheck // Flush says it
	return out.Flush()
}
