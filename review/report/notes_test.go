package report_test

import (
	"strings"
	"testing"

	"fargate-webhook/migration"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

// Every format shows what changes off Fargate: SARIF and html with the texts of the notes, and none
// as a refusal.
func TestNotes(t *testing.T) {
	const manifest = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: apps}
spec:
  hostNetwork: true
  schedulerName: fargate-scheduler
  containers: [{name: a, image: a}]
`
	reviewer := review.Reviewer{
		Policy: policy.Default(), Namespace: "default", KeepText: true, To: migration.EC2,
		Index: profiles.NewIndex([]profiles.Profile{{Name: "p", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}}}}),
	}
	items, problems := reviewer.File("in.yaml", []byte(manifest))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	found := review.NewReport(items)
	for _, format := range []string{"table", "json", "junit", "github", "openreports", "markdown", "html", "sarif"} {
		text := written(t, format, &found, report.Options{})
		contains(t, text, "fargate-scheduler-name", "nothing-requested")
		if strings.Contains(text, "host-namespaces") && format != "sarif" { // which lists all rules
			t.Errorf("%s: nodes run a pod with hostNetwork:\n%s", format, text)
		}
	}
	run := validSARIF(t, written(t, "sarif", &found, report.Options{}))
	for _, result := range run.Results {
		if rule := run.Tool.Driver.Rules[result.RuleIndex]; *rule.ID != *result.RuleID || result.Level != "warning" {
			t.Errorf("%s: rule %s, level %s", *result.RuleID, *rule.ID, result.Level)
		}
	}
	if len(run.Results) != 2 {
		t.Errorf("%d results", len(run.Results))
	}
	contains(t, written(t, "html", &found, report.Options{}), migration.ByID("fargate-scheduler-name").Title)
}
