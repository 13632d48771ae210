package audit_test

import (
	"bytes"
	"strings"
	"testing"

	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
)

// fullLine returns a line with all fields.
func fullLine() *audit.Line {
	line := refusal("u1")
	line.SubResource, line.Observed, line.More, line.MoreResources, line.Count, line.Since = "resize", true, 1, 2, 3, line.Time
	line.Changes, line.Pinned = []string{"metadata/labels"}, "p"
	line.Labels, line.Annotations = map[string]string{"b": "1", "a": "2"}, map[string]string{"c": "3"}
	line.Resources = []audit.Resources{{Container: "web", After: audit.Requirements{Requests: audit.Quantities{CPU: "1"}, Limits: audit.Quantities{Memory: "1Gi"}}}}
	return line
}

// The schema takes lines with all fields and with none of the optional ones, and refuses what no line
// has.
func TestSchema(t *testing.T) {
	var out bytes.Buffer
	log := open(t, audit.Options{Path: "-", Stdout: &out})
	log.Add(fullLine())
	log.Add(refusal("u2"))
	sync(t, log)
	if err := audittest.Validate(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(out.String(), "\n")
	if !strings.Contains(line, `"labels":{"a":"2","b":"1"}`) || !strings.Contains(line, `"resources":[{"container":"web","before":{},"after":{"requests":{"cpu":"1"},"limits":{"memory":"1Gi"}}}]`) {
		t.Errorf("have %s", line)
	}
	for name, change := range map[string][2]string{
		"an unknown field":           {`{"time"`, `{"new":1,"time"`},
		"an unknown event":           {`"refused"`, `"admitted"`},
		"no user":                    {`"user":"kim",`, ``},
		"a time that isn't one":      {`{"time":"`, `{"time":"now `},
		"an unknown caller":          {`"secret-path"`, `"friend"`},
		"observed that is false":     {`"observed":true`, `"observed":false`},
		"a count of one":             {`"count":3`, `"count":1`},
		"a finding without a rule":   {`"rule":"daemonset",`, ``},
		"a container with more":      {`"before":{}`, `"before":{"image":"i"}`},
		"a label that isn't a text":  {`"a":"2"`, `"a":2`},
		"dryRun that isn't a choice": {`"dryRun":true`, `"dryRun":"yes"`},
	} {
		changed := strings.Replace(line, change[0], change[1], 1)
		if changed == line {
			t.Fatalf("%s: %q isn't in %s", name, change[0], line)
		}
		if err := audittest.Validate([]byte(changed + "\n")); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := audittest.Validate([]byte(line)); err == nil {
		t.Error("a line without an end is taken")
	}
}

// BenchmarkAdd writes lines to a file.
func BenchmarkAdd(b *testing.B) {
	log, err := audit.Open(audit.Options{Path: b.TempDir() + "/audit.log", MaxSize: 10, MaxBackup: 1})
	if err != nil {
		b.Fatal(err)
	}
	line := refusal("u1")
	b.ReportAllocs()
	for b.Loop() {
		log.Add(line)
	}
	if err := log.Close(); err != nil {
		b.Error(err)
	}
}
