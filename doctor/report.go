package doctor

import (
	"fmt"
	"io"
	"strings"

	"fargate-webhook/internal/text"
)

// Report is the output of doctor. Its JSON is stable.
type Report struct {
	Results []Result `json:"results"`
	// Summary counts the results of each status.
	Summary map[Status]int `json:"summary"`
}

// NewReport returns the report of results.
func NewReport(results []Result) *Report {
	r := &Report{Results: results, Summary: map[Status]int{Pass: 0, Warn: 0, Fail: 0, Skip: 0}}
	for i := range results {
		r.Summary[results[i].Status]++
	}
	return r
}

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	return text.WriteJSON(w, r)
}

// WriteTable writes the report for people: a line for each result, below it what to do, and the
// facts behind it.
func (r *Report) WriteTable(w io.Writer) error {
	widest := len("CHECK")
	for i := range r.Results {
		widest = max(widest, len(r.Results[i].Check))
	}
	var out strings.Builder
	line := func(status, check, message string) {
		fmt.Fprintf(&out, "%-6s  %-*s  %s\n", status, widest, check, message)
	}
	line("STATUS", "CHECK", "MESSAGE")
	for i := range r.Results {
		result := &r.Results[i]
		line(string(result.Status), result.Check, result.Message)
		if result.Fix != "" {
			line("", "", "fix: "+result.Fix)
		}
		if len(result.Facts) > 0 && (result.Status == Fail || result.Status == Warn) {
			line("", "", "see: "+strings.Join(result.Facts, ", ")+" in docs/facts.md")
		}
	}
	fmt.Fprintf(&out, "\n%d passed, %d with warnings, %d failed, %d skipped\n", r.Summary[Pass], r.Summary[Warn], r.Summary[Fail], r.Summary[Skip])
	_, err := io.WriteString(w, out.String())
	return err
}
