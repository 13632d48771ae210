package report_test

import (
	"strings"
	"testing"

	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

const misspelt = `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: none}
spec:
  containers:
  - name: a
    imagePolicy: Always
`

// Fields that a kind doesn't have are a warning in each machine report, at the field.
func TestUnknownFieldsAreInReports(t *testing.T) {
	r := found(t, "in.yaml", misspelt)
	if run := validSARIF(t, written(t, "sarif", r, report.Options{})); len(run.Results) != 1 || run.Results[0].Level != "warning" ||
		*run.Results[0].RuleID != "unknown-field" || *run.Tool.Driver.Rules[run.Results[0].RuleIndex].ID != "unknown-field" {
		t.Errorf("SARIF: %+v", run.Results)
	}
	for format, want := range map[string][]string{
		"sarif":       {`"startLine": 7`, `"startColumn": 5`},
		"junit":       {"warn [unknown-field] spec.containers[0].imagePolicy"},
		"github":      {"::warning file=in.yaml,line=7,col=5,title=unknown-field%3A Pod none/a::spec.containers[0].imagePolicy"},
		"openreports": {"rule: unknown-field", "result: warn", `line: "7"`, `column: "5"`, "pass: 0", "warn: 1"},
		"markdown":    {"<code>unknown-field</code> warns at line 7"},
	} {
		contains(t, written(t, format, r, report.Options{}), want...)
	}
}

// Standard input is no file: nothing points at one of the name "-".
func TestSARIFOfStandardInput(t *testing.T) {
	text := written(t, "sarif", found(t, review.Stdin, manifests), report.Options{})
	validSARIF(t, text)
	if strings.Contains(text, `"uri"`) || !strings.Contains(text, `"fullyQualifiedName": "Service apps/web: spec.type"`) {
		t.Error(text)
	}
}

// An ignored finding is where its field is, as others are.
func TestIgnoredFindingsHavePositions(t *testing.T) {
	contains(t, written(t, "json", found(t, "in.yaml", manifests), report.Options{}), "\"line\": 27,\n          \"column\": 7")
	contains(t, written(t, "openreports", found(t, "in.yaml", manifests), report.Options{}), `line: "27"`)
}
