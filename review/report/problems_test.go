package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"

	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

// unread reviews a file with a document that can be read and one that can't, and one without any.
func unread(t *testing.T) *review.Report {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.yaml")
	if err := os.WriteFile(path, []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: none}\nspec: {containers: [{name: a}]}\n---\nkind: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, problems := newReviewer().Paths([]string{path}, false, nil)
	if len(problems) != 1 || len(r.Problems) != 1 || r.Problems[0].Source != path || r.Problems[0].Line < 6 || strings.Contains(r.Problems[0].Text, path) {
		t.Fatalf("%v %+v", problems, r.Problems)
	}
	r.Problems[0].Source, r.Items[0].Source = "in.yaml", "in.yaml"
	return &r
}

// No report of a document that can't be read looks as if all were well.
func TestProblemsAreInReports(t *testing.T) {
	r := unread(t)
	invocation := validSARIF(t, written(t, "sarif", r, report.Options{})).Invocations[0]
	if *invocation.ExecutionSuccessful || len(invocation.ToolExecutionNotifications) != 1 {
		t.Errorf("SARIF: %+v", invocation)
	}
	suites, err := junit.Ingest([]byte(written(t, "junit", r, report.Options{})))
	if err != nil || len(suites) != 1 || suites[0].Totals.Error != 1 || suites[0].Totals.Tests != 2 {
		t.Errorf("JUnit: %+v %v", suites, err)
	}
	for format, want := range map[string][]string{
		"junit":       {`errors="1"`},
		"sarif":       {`"uri": "in.yaml"`},
		"github":      {"::error file=in.yaml,line=", "title=the input can't be read::"},
		"markdown":    {"### ❌", "- <code>in.yaml&#58;"},
		"openreports": {"kind: ClusterReport", "result: error", "error: 1", "file: in.yaml"},
		"html":        {"What could not be read", "<li>in.yaml:"},
		"table":       {"1 problem: not all of the input could be read"},
		"wide":        {"1 problem: not all of the input could be read"},
		"json":        {`"problems": [`, `"source": "in.yaml"`},
	} {
		contains(t, written(t, format, r, report.Options{}), want...)
	}
}

// What was to be expected fails no report.
func TestMinorProblems(t *testing.T) {
	r := unread(t)
	r.Problems[0].Minor = true
	invocation := validSARIF(t, written(t, "sarif", r, report.Options{})).Invocations[0]
	if !*invocation.ExecutionSuccessful || len(invocation.ToolExecutionNotifications) != 1 {
		t.Errorf("SARIF: %+v", invocation)
	}
	suites, err := junit.Ingest([]byte(written(t, "junit", r, report.Options{})))
	if err != nil || len(suites) != 1 || suites[0].Totals.Error != 0 || suites[0].Totals.Skipped != 1 {
		t.Errorf("JUnit: %+v %v", suites, err)
	}
	for format, want := range map[string]string{
		"github": "::warning file=in.yaml,line=", "markdown": "### ⚠️", "openreports": "result: warn", "json": `"minor": true`,
	} {
		contains(t, written(t, format, r, report.Options{}), want)
	}
}

// Without problems SARIF says that all went well, and JSON has no field for them.
func TestReportsWithoutProblems(t *testing.T) {
	r := found(t, "in.yaml", manifests)
	if run := validSARIF(t, written(t, "sarif", r, report.Options{})); !*run.Invocations[0].ExecutionSuccessful || len(run.Invocations[0].ToolExecutionNotifications) > 0 {
		t.Errorf("%+v", run.Invocations[0])
	}
	if text := written(t, "json", r, report.Options{}); strings.Contains(text, `"problems"`) {
		t.Error(text)
	}
}

// An input that isn't there, or that nobody wrote, is in the reports too.
func TestProblemsWithoutLine(t *testing.T) {
	r, _ := newReviewer().Paths([]string{"-"}, false, strings.NewReader(""))
	for format, want := range map[string]string{
		"junit": `errors="1"`, "github": "::error title=", "sarif": `"executionSuccessful": false`, "openreports": "result: error", "markdown": "❌",
	} {
		contains(t, written(t, format, &r, report.Options{}), want)
	}
	validSARIF(t, written(t, "sarif", &r, report.Options{}))
}
