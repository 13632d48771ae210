package summary_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/summary"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// refusal returns the line of a refused pod.
func refusal(at time.Time, change func(*audit.Line)) *audit.Line {
	line := &audit.Line{
		Time: at, Event: audit.Refused, UID: "u", User: "replicaset-controller", Groups: []string{"g"}, Caller: "secret-path", Operation: "CREATE", Resource: "pods",
		Namespace: "apps", GenerateName: "web-5d9c-", Owner: "ReplicaSet/web-5d9c", Profile: "apps-profile",
		Findings: []audit.Finding{{Rule: "host-port", Field: "spec", Message: "must not"}},
	}
	if change != nil {
		change(line)
	}
	return line
}

// written returns the lines as the webhook writes them.
func written(tb testing.TB, lines ...*audit.Line) string {
	tb.Helper()
	var out strings.Builder
	log, err := audit.Open(audit.Options{Path: "-", Stdout: &out})
	if err != nil {
		tb.Fatal(err)
	}
	for _, line := range lines {
		log.Add(line)
	}
	if err := log.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// summed returns the report about a log.
func summed(t *testing.T, by summary.By, since time.Time, log string) *summary.Report {
	t.Helper()
	s := summary.New(by, since, noon.Add(24*time.Hour))
	if err := s.Read(strings.NewReader(log)); err != nil {
		t.Fatal(err)
	}
	return s.Report(0)
}

// example is a log with all that matters: what is refused, changed, and let through by mode Observe,
// folded lines, dry runs, forged and damaged lines, and lines of another log.
func example(tb testing.TB) string {
	tb.Helper()
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	return written(tb,
		refusal(at(0), nil),
		refusal(at(10), func(l *audit.Line) { l.Count, l.Since = 9, at(1) }),
		refusal(at(20), func(l *audit.Line) {
			l.User, l.Owner, l.Name, l.Resource, l.Profile, l.DryRun = "kim", "", "agent", "daemonsets.apps", "", true
			l.Findings = []audit.Finding{{Rule: "daemonset"}, {Rule: "host-port"}, {Rule: "host-port"}}
		}),
		refusal(at(60), func(l *audit.Line) {
			l.Namespace, l.Owner, l.Observed, l.Findings = "staging", "ReplicaSet/api-77", true, []audit.Finding{{Rule: "privileged"}}
			l.Changes = []string{"metadata/labels"}
		}),
		refusal(at(90), func(l *audit.Line) {
			l.Namespace, l.Owner, l.Observed, l.Findings, l.Event = "staging", "ReplicaSet/api-77", true, nil, audit.Changed
			l.Changes = []string{"metadata/labels"}
		}),
		refusal(at(100), func(l *audit.Line) {
			l.Findings, l.Event, l.Caller, l.Owner = nil, audit.Changed, "unproven", ""
		}),
	) + "\n" + `{"level":"info","ts":"2026-03-02T12:00:00Z","msg":"starting"}` + "\n" + `{"time":"2026-03-02T12:0` + "\n" + "plain text\n"
}

// The table shows what is counted by each grouping.
func TestTables(t *testing.T) {
	for _, by := range summary.Groupings() {
		t.Run(by, func(t *testing.T) {
			var out strings.Builder
			if err := summed(t, summary.By(by), time.Time{}, example(t)).WriteText(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, by+".txt", out.String())
		})
	}
	var out bytes.Buffer
	if err := summed(t, summary.ByRule, noon.Add(15*time.Minute), example(t)).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "since.json", out.String())
}

// golden compares with a file of testdata, or writes it with UPDATE=1.
func golden(t *testing.T, name, have string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(have), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), have); diff != "" {
		t.Errorf("%s: -want +have:\n%s", name, diff)
	}
}

// Names from the log can't command a terminal.
func TestNamesArePlain(t *testing.T) {
	log := written(t, refusal(noon, func(l *audit.Line) { l.User, l.Owner = "kim\x1b[2J\n", "Job/\u202eevil" }))
	var out strings.Builder
	if err := summed(t, summary.ByUser, time.Time{}, log).WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") || strings.Count(out.String(), "\n") != 4 {
		t.Errorf("have %q", out.String())
	}
}

// An empty log is no error, and a compressed one is read as it is. A file that ends early is reported,
// with what was read before.
func TestFiles(t *testing.T) {
	var out strings.Builder
	if err := summed(t, summary.ByRule, time.Time{}, "").WriteText(&out); err != nil || out.String() != "no request was refused or changed\n" {
		t.Errorf("an empty log: %q, %v", out.String(), err)
	}
	log := strings.Repeat(written(t, refusal(noon, nil)), 1000)
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	if _, err := io.WriteString(writer, log); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	s := summary.New(summary.ByRule, time.Time{}, noon)
	if err := s.Read(bytes.NewReader(zipped.Bytes())); err != nil || s.Report(0).Refused != 1000 {
		t.Errorf("compressed: %+v, %v", s.Report(0), err)
	}
	cut := summary.New(summary.ByRule, time.Time{}, noon)
	if err := cut.Read(bytes.NewReader(zipped.Bytes()[:zipped.Len()/2])); !errors.Is(err, io.ErrUnexpectedEOF) || cut.Report(0).Refused == 0 {
		t.Errorf("cut off: %+v, %v", cut.Report(0), err)
	}
	broken := summary.New(summary.ByRule, time.Time{}, noon)
	failing := io.MultiReader(strings.NewReader(log), iotest.ErrReader(errors.New("disk on fire")))
	if err := broken.Read(failing); err == nil || err.Error() != "after 1000 lines: disk on fire" || broken.Report(0).Refused != 1000 {
		t.Errorf("broken: %v", err)
	}
	long := summed(t, summary.ByRule, time.Time{}, `{"event":"`+strings.Repeat("x", 9<<20)+"\n"+written(t, refusal(noon, nil)))
	if long.Lines.Damaged != 1 || long.Refused != 1 {
		t.Errorf("a long line: %+v", long)
	}
}

// Of very many groups those with most requests are kept, and all are counted.
func TestManyGroups(t *testing.T) {
	lines := []*audit.Line{}
	for i := range 12_000 {
		lines = append(lines, refusal(noon, func(l *audit.Line) { l.User = fmt.Sprint("user-", i) }))
		if i%3 == 0 {
			lines = append(lines, refusal(noon, nil))
		}
	}
	r := summed(t, summary.ByUser, time.Time{}, written(t, lines...))
	total := r.Others.Refused
	for _, g := range r.Groups {
		total += g.Refused
	}
	if !r.Merged || len(r.Groups) > 10_000 || total != 16_000 || r.Groups[0].Name != "replicaset-controller" || r.Groups[0].Refused != 4000 {
		t.Errorf("merged %v, %d groups, %d requests in all, first %+v", r.Merged, len(r.Groups), total, r.Groups[0])
	}
	few := summary.New(summary.ByUser, time.Time{}, noon)
	if err := few.Read(strings.NewReader(written(t, lines[:40]...))); err != nil {
		t.Fatal(err)
	}
	if r := few.Report(3); len(r.Groups) != 3 || r.More != 28 || r.Others.Refused+r.Groups[0].Refused+r.Groups[1].Refused+r.Groups[2].Refused != 40 {
		t.Errorf("%+v", r)
	}
}

// Each request is in one group, in one half and in one stretch of time, whatever the order of lines.
func TestLawCountsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := summary.New(summary.By(rapid.SampledFrom([]string{"user", "namespace", "owner", "profile"}).Draw(t, "by")), time.Time{}, noon.AddDate(1, 0, 0))
		want := int64(0)
		for range rapid.IntRange(0, 50).Draw(t, "lines") {
			count := rapid.IntRange(1, 5).Draw(t, "count")
			line, err := json.Marshal(map[string]any{
				"time": noon.Add(time.Duration(rapid.Int64Range(-1e16, 1e16).Draw(t, "at"))), "event": rapid.SampledFrom([]string{"refused", "changed"}).Draw(t, "event"),
				"user": rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "user"), "owner": rapid.SampledFrom([]string{"", "Job/a"}).Draw(t, "owner"),
				"observed": rapid.Bool().Draw(t, "observed"), "count": count,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Read(bytes.NewReader(line)); err != nil {
				t.Fatal(err)
			}
			want += int64(count)
		}
		check(t, s.Report(0), want)
	})
}

// check checks that the counts of a report add up.
func check(t interface{ Errorf(string, ...any) }, r *summary.Report, want int64) {
	sum := func(c *summary.Counts) int64 { return c.Refused + c.WouldRefuse + c.Changed + c.WouldChange }
	groups, halves, times := sum(&r.Others), sum(&r.Others), int64(0)
	for i := range r.Groups {
		groups += sum(&r.Groups[i].Counts)
		halves += r.Groups[i].Earlier + r.Groups[i].Later
	}
	for i, each := range r.Times {
		times += each.Requests
		if i > 0 && each.From.Before(r.Times[i-1].To) {
			t.Errorf("stretches overlap: %+v", r.Times)
		}
	}
	if sum(&r.Counts) != want || groups != want || halves != want || times != want || len(r.Times) > 96 {
		t.Errorf("want %d requests; have %d, %d in groups, %d in halves, %d in %d stretches", want, sum(&r.Counts), groups, halves, times, len(r.Times))
	}
}

// Any bytes are read, and each line of them is counted once.
func FuzzRead(f *testing.F) {
	f.Add([]byte(example(f)))
	f.Add([]byte(`{"time":"9999-12-31T23:59:59Z","event":"refused","count":99999999999999}` + "\n" + `{"time":"0001-01-01T00:00:01Z","event":"changed","count":-1}`))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte(`{"event":{"time":1}}` + "\n[]\n\"\"\n{}{}\n\xff\xfe\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := summary.New(summary.ByUser, noon.AddDate(0, 0, -1), noon)
		_ = s.Read(bytes.NewReader(data)) // compressed data may be damaged
		r := s.Report(0)
		counted := r.Lines.Read - r.Lines.Damaged - r.Lines.Other - r.Lines.Earlier
		total := r.Refused + r.WouldRefuse + r.Changed + r.WouldChange
		if counted < 0 || total < counted {
			t.Errorf("%d lines are counted as %d requests: %+v", counted, total, r.Lines)
		}
		check(t, r, total)
		if err := errors.Join(r.WriteText(io.Discard), r.WriteJSON(io.Discard)); err != nil {
			t.Error(err)
		}
	})
}
