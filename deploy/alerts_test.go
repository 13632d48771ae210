package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// alertTest is what is read of promtool's unit tests.
type alertTest struct {
	Tests []struct {
		Rules []struct {
			Alert string           `json:"alertname"`
			Want  []map[string]any `json:"exp_alerts"`
		} `json:"alert_rule_test"`
	}
}

// Each alert fires where it should, and not where it shouldn't, as Prometheus's own unit tests of
// rules in testdata/alerts say.
func TestAlertsFire(t *testing.T) {
	tool := promtool(t)
	groups := alertGroups(t, "")
	run(t, tool, "check", "rules", "--lint=all", "--lint-fatal", writeRules(t, groups))
	for g := range groups {
		for r := range groups[g].Rules {
			groups[g].Rules[r].Annotations = nil
		}
	}
	rules := writeRules(t, groups)
	for _, rule := range alertRules(groups) {
		t.Run(rule.Alert, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join("testdata", "alerts", rule.Alert+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			test := filepath.Join(filepath.Dir(rules), rule.Alert+".yaml")
			if err := os.WriteFile(test, content, 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, tool, "test", "rules", test)
		})
	}
}

// Each alert has cases in which it fires and such in which it doesn't, in a file of its name. They
// count by expected alerts: promtool decides whether they hold.
func TestAlertsHaveCases(t *testing.T) {
	rules := alertRules(alertGroups(t, ""))
	files, err := filepath.Glob(filepath.Join("testdata", "alerts", "*.yaml"))
	if err != nil || len(files) != len(rules) {
		t.Errorf("%d files of cases, %v; there are %d alerts", len(files), err, len(rules))
	}
	for _, rule := range rules {
		content, err := os.ReadFile(filepath.Join("testdata", "alerts", rule.Alert+".yaml"))
		if err != nil {
			t.Error(err)
			continue
		}
		var test alertTest
		if err := yaml.Unmarshal(content, &test); err != nil {
			t.Fatal(err)
		}
		fires, rests := 0, 0
		for _, group := range test.Tests {
			for _, r := range group.Rules {
				switch {
				case r.Alert != rule.Alert:
					t.Errorf("the file of %s has a case of %s", rule.Alert, r.Alert)
				case len(r.Want) > 0:
					fires++
				default:
					rests++
				}
			}
		}
		if fires == 0 || rests == 0 {
			t.Errorf("%s: %d cases in which it fires, %d in which it doesn't", rule.Alert, fires, rests)
		}
	}
}

// Each alert links to its section of the page on operations, and is about metrics that the docs
// describe.
func TestAlertsAreExplained(t *testing.T) {
	rules := alertRules(alertGroups(t, ""))
	anchors := headingAnchors(t, filepath.Join("..", "docs", "operations.md"))
	described := allDocs(t)
	for _, rule := range rules {
		link := rule.Annotations["runbook_url"]
		if page, anchor, _ := strings.Cut(link, "#"); page != "docs/operations.md" || !anchors[anchor] || anchor != strings.ToLower(rule.Alert) {
			t.Errorf("%s: docs/operations.md has no heading for %q", rule.Alert, link)
		}
		if rule.Annotations["summary"] == "" || !slices.Contains([]string{"critical", "warning", "info"}, rule.Labels["severity"]) {
			t.Errorf("%s: summary %q, severity %q", rule.Alert, rule.Annotations["summary"], rule.Labels["severity"])
		}
		metrics := regexp.MustCompile(`fargate_webhook_\w+`).FindAllString(rule.Expr, -1)
		for _, metric := range metrics {
			if !strings.Contains(described, "`"+strings.TrimSuffix(metric, "_bucket")+"`") {
				t.Errorf("%s: the docs don't describe %s", rule.Alert, metric)
			}
		}
		if len(metrics) == 0 {
			t.Errorf("%s: %q is about no metric", rule.Alert, rule.Expr)
		}
	}
	if len(rules) < 15 {
		t.Errorf("there are %d alerts", len(rules))
	}
}

// The links lead where the value says, and the shortest timeout decides what is slow.
func TestAlertsFollowValues(t *testing.T) {
	const page = "https://git.example/docs/operations.md"
	for timeouts, want := range map[string]string{"{}": "> 0.5", "{pods: 1, services: 10}": "> 0.1", "{default: 30}": "> 0.5", "{default: 3}": "> 0.3"} {
		for _, rule := range alertRules(alertGroups(t, "monitoring: {prometheusRule: {runbook: "+page+"}}\npolicy: {timeoutSeconds: "+timeouts+"}")) {
			if !strings.HasPrefix(rule.Annotations["runbook_url"], page+"#") {
				t.Errorf("%s: runbook_url %q", rule.Alert, rule.Annotations["runbook_url"])
			}
			if rule.Alert == "FargateWebhookSlow" && !strings.HasSuffix(rule.Expr, want) {
				t.Errorf("with timeouts %s: %q, want %s", timeouts, rule.Expr, want)
			}
		}
	}
}
