package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

const manifests = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: apps}
spec:
  type: NodePort
  selector: {app: web}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      containers: [{name: web, image: web}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ignored, namespace: apps, annotations: {fargate-webhook/ignore-host-namespaces: "it's a [test](x)"}}
spec:
  selector: {matchLabels: {app: ignored}}
  template:
    metadata: {labels: {app: ignored}}
    spec:
      hostPID: true
      containers: [{name: web, image: web}]
---
apiVersion: v1
kind: Pod
metadata: {name: fine, namespace: elsewhere}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: skipped, namespace: apps}
`

// found reviews manifests.
func found(tb testing.TB, source, text string) *review.Report {
	tb.Helper()
	reviewer := newReviewer()
	reviewer.KeepText = true
	items, _ := reviewer.File(source, []byte(text))
	return new(review.NewReport(items))
}

func written(tb testing.TB, format string, r *review.Report, o report.Options) string {
	tb.Helper()
	var out strings.Builder
	if err := report.Write(&out, format, r, o); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func TestSARIF(t *testing.T) {
	run := validSARIF(t, written(t, "sarif", found(t, "my app/in.yaml", manifests), report.Options{}))
	if len(run.Tool.Driver.Rules) != len(catalog.All())+2 { // and unknown-field and ignore-annotation
		t.Errorf("%d rules", len(run.Tool.Driver.Rules))
	}
	var got []string
	prints := map[string]bool{}
	for _, result := range run.Results {
		place := result.Locations[0].PhysicalLocation
		got = append(got, fmt.Sprintf("%s %s %s:%d:%d suppressed %d", *result.RuleID, result.Level, *place.ArtifactLocation.URI,
			*place.Region.StartLine, deref(place.Region.StartColumn), len(result.Suppressions)))
		if *run.Tool.Driver.Rules[result.RuleIndex].ID != *result.RuleID {
			t.Errorf("rule %d isn't %s", result.RuleIndex, *result.RuleID)
		}
		prints[result.PartialFingerprints["fargateWebhook/v1"]] = true
		if strings.Contains(*result.Message.Text, "](") {
			t.Errorf("a link: %s", *result.Message.Text)
		}
	}
	want := "node-port error my%20app/in.yaml:5:3 suppressed 0\nhost-namespaces error my%20app/in.yaml:16:7 suppressed 0\n" +
		"host-namespaces error my%20app/in.yaml:27:7 suppressed 1"
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if len(prints) != len(run.Results) {
		t.Errorf("%d fingerprints of %d results", len(prints), len(run.Results))
	}
}

func deref(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// What identifies a finding doesn't change with the lines above it.
func TestSARIFFingerprintsLast(t *testing.T) {
	prints := func(text string) (list []string) {
		for _, result := range validSARIF(t, written(t, "sarif", found(t, "in.yaml", text), report.Options{})).Results {
			list = append(list, fmt.Sprint(result.PartialFingerprints))
		}
		return list
	}
	if before, after := prints(manifests), prints("# more\n\n"+manifests); len(before) == 0 || fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("%v, then %v", before, after)
	}
}

func TestJUnit(t *testing.T) {
	r := found(t, "in.yaml", manifests)
	more, _ := newReviewer().File("b.yaml", []byte(manifests))
	r = new(review.NewReport(append(r.Items, more...)))
	suites, err := junit.Ingest([]byte(written(t, "junit", r, report.Options{})))
	if err != nil || len(suites) != 2 {
		t.Fatal(suites, err)
	}
	for i, name := range []string{"in.yaml", "b.yaml"} {
		if s := suites[i]; s.Name != name || s.Totals.Tests != 5 || s.Totals.Failed != 2 || s.Totals.Skipped != 1 {
			t.Errorf("%s: %+v", s.Name, s.Totals)
		}
	}
	test := suites[0].Tests[0]
	if test.Name != "Service apps/web" || test.Status != junit.StatusFailed || test.Properties["file"] != "in.yaml" || !strings.Contains(test.Error.Error(), "fix: ") {
		t.Errorf("%+v", test)
	}
}

func TestGitHub(t *testing.T) {
	text := written(t, "github", found(t, "a,b:c%.yaml", manifests), report.Options{})
	contains(t, text, "::error file=a%2Cb%3Ac%25.yaml,line=5,col=3,title=node-port%3A Service apps/web::spec.type: ",
		"::notice file=a%2Cb%3Ac%25.yaml,line=27,col=7,title=host-namespaces ignored%3A Deployment apps/ignored::", "\n1 denied, 1 with denied pods")
}

func TestOpenReports(t *testing.T) {
	kinds := map[string]int{}
	for part := range strings.SplitSeq(written(t, "openreports", found(t, "in.yaml", manifests+"---\napiVersion: v1\nkind: Namespace\nmetadata: {name: apps, labels: {eks.amazonaws.com/compute-type: ec2}}\n"), report.Options{}), "---\n") {
		var r struct {
			APIVersion, Kind string
			Metadata         struct{ Name, Namespace string }
			Summary          map[string]int
			Results          []struct{ Result, Policy string }
		}
		if err := yaml.Unmarshal([]byte(part), &r); err != nil {
			t.Fatal(err)
		}
		kinds[r.Kind+" "+r.Metadata.Namespace]++
		count := map[string]int{"pass": 0, "fail": 0, "warn": 0, "error": 0, "skip": 0}
		for _, result := range r.Results {
			count[result.Result]++
		}
		if fmt.Sprint(count) != fmt.Sprint(r.Summary) || r.APIVersion != "openreports.io/v1alpha1" {
			t.Errorf("%v, summary %v", count, r.Summary)
		}
	}
	if fmt.Sprint(kinds) != "map[ClusterReport :1 Report apps:1 Report elsewhere:1]" {
		t.Error(kinds)
	}
}

func TestMarkdown(t *testing.T) {
	text := written(t, "markdown", found(t, "in.yaml", manifests), report.Options{})
	contains(t, text, "### ❌ fargate-webhook review", "| **deny** | <code>Service apps/web</code>", "<details><summary>pods denied <code>Deployment apps/web</code></summary>",
		"<code>in.yaml&#58;2</code>"[:18], "is ignored")
}

// A comment is never longer than GitHub takes, and says how much it leaves out.
func TestMarkdownIsBounded(t *testing.T) {
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, "---\napiVersion: v1\nkind: Service\nmetadata: {name: web-%d, namespace: apps}\nspec: {type: NodePort, selector: {app: web}}\n", i)
	}
	text := written(t, "markdown", found(t, "in.yaml", many.String()), report.Options{})
	if n := len(text); n > 65_536 || n < 60_000 {
		t.Errorf("%d bytes", n)
	}
	rows, folded := strings.Count(text, "\n| **deny**"), strings.Count(text, "<details>")
	contains(t, text, fmt.Sprintf("Left out for length: %d more objects in the table.", 2000-rows),
		fmt.Sprintf("Left out for length: the findings and changes of %d objects.", 2000-folded))
}

// By namespace, the worst first; colors only where they are wanted; no line wider than the terminal.
func TestTableLayout(t *testing.T) {
	r := found(t, "a/long/path/to/the/file/in.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: first, namespace: aaa}\nspec: {containers: [{name: a}]}\n---\n"+manifests)
	text := written(t, "table", r, report.Options{})
	var order []string
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasSuffix(line, "in.yaml\n") {
			order = append(order, strings.Split(line, "  ")[0])
		}
	}
	if got := strings.Join(order, ","); got != "deny,pods denied,change,pass,pass" || strings.Contains(text, "\x1b") {
		t.Errorf("order %s in\n%s", got, text)
	}
	colored := written(t, "table", r, report.Options{Color: true, Width: 100})
	contains(t, colored, "\x1b[31mdeny\x1b[0m", "…")
	for line := range strings.Lines(written(t, "table", r, report.Options{Width: 100})) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 100 && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "{") {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	contains(t, written(t, "wide", r, report.Options{}), "UNUSED", "host-namespaces", "file/in.yaml:2")
}

// What manifests hold is no more than text in any format.
func FuzzFormats(f *testing.F) {
	f.Add("web", "a")
	f.Add("\x1b[31m\r\n::error::x", "]]>\x00\xff")
	f.Add("<script>|`@all`</code>\n\n# h", "</details>\u202e")
	f.Add("](https://example.com) www.example.com", "%0A::")
	f.Fuzz(func(t *testing.T, name, other string) {
		r := found(t, "in.yaml", manifests)
		for i := range r.Items {
			item := &r.Items[i]
			item.Name, item.Namespace, item.Kind, item.Source, item.Placement.Profile = name, other, item.Kind+other, name+other, other
			item.UnknownFields = []string{name}
			for k := range item.Findings {
				item.Findings[k].Message, item.Findings[k].Remedy, item.Findings[k].Field = name, other, name
			}
		}
		findings := 0
		for i := range r.Items {
			findings += len(r.Items[i].Findings) + len(r.Items[i].Ignored) + len(r.Items[i].UnknownFields)
		}
		for _, format := range report.Formats() {
			text := written(t, format.Name, r, report.Options{Width: 80})
			if strings.ContainsAny(text, "\x1b\x00\r") || format.Name != "json" && strings.Contains(text, "\u202e") {
				t.Errorf("%s: control characters in %q", format.Name, text)
			}
		}
		if text := written(t, "json", r, report.Options{}); !json.Valid([]byte(text)) {
			t.Error(text)
		}
		if run := validSARIF(t, written(t, "sarif", r, report.Options{})); len(run.Results) != findings {
			t.Errorf("%d results of %d findings", len(run.Results), findings)
		}
		if suites, err := junit.Ingest([]byte(written(t, "junit", r, report.Options{}))); err != nil || len(suites) != 1 || len(suites[0].Tests) != len(r.Items) {
			t.Error(suites, err)
		}
		commands := written(t, "github", r, report.Options{})
		if n := strings.Count(commands, "\n"); n != findings+1 {
			t.Errorf("%d lines for %d findings:\n%s", n, findings, commands)
		}
		text := written(t, "markdown", r, report.Options{})
		for _, tag := range []string{"code", "details", "summary"} {
			if strings.Count(text, "<"+tag+">") != strings.Count(text, "</"+tag+">") {
				t.Errorf("<%s> in\n%s", tag, text)
			}
		}
		for _, allowed := range []string{"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>", "<br>"} {
			text = strings.ReplaceAll(text, allowed, "")
		}
		if strings.ContainsAny(text, "<>`@[]") {
			t.Errorf("markup in\n%s", text)
		}
	})
}
