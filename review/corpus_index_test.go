package review_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/review"
)

func readIndex(t *testing.T) []indexed {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	columns := strings.Split(lines[0], "\t")
	rows := make([]indexed, 0, len(lines))
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != len(columns) {
			t.Fatalf("%d cells: %s", len(cells), line)
		}
		row := indexed{}
		for i, column := range columns {
			row[column] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// TestCorpusIndex compares the findings with the index of the corpus, which another program made:
// the same problems are found, and no others.
func TestCorpusIndex(t *testing.T) {
	items := map[string]*review.Item{}
	for app, found := range reviewCorpus(t) {
		for i := range found {
			if found[i].Result != review.ResultSkip {
				items[place(app, &found[i])] = &found[i]
			}
		}
	}
	unreadable := unreadableOfCorpus()
	for _, row := range readIndex(t) {
		at := row["app"] + "/" + row["file"] + ":" + row["doc"]
		item := items[at]
		delete(items, at)
		switch {
		case item == nil && (strings.HasSuffix(row["apiVersion"], "beta1") || unreadable[row["app"]+"/"+row["file"]] != ""):
			continue // no API server of today takes it
		case item == nil:
			t.Errorf("%s is not judged", at)
			continue
		}
		if item.Kind != row["kind"] || item.Name != strings.TrimPrefix(row["name"], "(gen)") {
			t.Errorf("%s: %s %q, but %s %q in the index", at, item.Kind, item.Name, row["kind"], row["name"])
		}
		compareWithRow(t, at, item, row.tells(t))
		if row["kind"] != "Service" && row["kind"] != "DaemonSet" && row["nodeName"] == "" {
			compareSize(t, at, item, row)
		}
	}
	for at, item := range items {
		kind := kinds.Find(item.APIVersion, item.Kind)
		if kind == kinds.Ingresses || kind == kinds.TargetGroupConfigurations || slices.Contains(kinds.ReviewOnly, kind) {
			continue // the index has none of them
		}
		t.Errorf("%s is judged, and not in the index", at)
	}
}

// place returns the place of an object in the form of the index: app/file:doc[item].
func place(app string, item *review.Item) string {
	at := fmt.Sprintf("%s/%s:%d", app, item.Source, item.Index)
	if item.Item != nil {
		at += fmt.Sprintf("[%d]", *item.Item)
	}
	return at
}

func compareWithRow(t *testing.T, at string, item *review.Item, want map[policy.RuleID]told) {
	t.Helper()
	found := map[policy.RuleID]bool{}
	for _, f := range item.Findings {
		if !found[f.Rule] && want[f.Rule] == no {
			t.Errorf("%s: finding %s: %s, of which the index says nothing", at, f.Rule, f.Message)
		}
		found[f.Rule] = true
	}
	for rule, is := range want {
		if is == yes && !found[rule] {
			t.Errorf("%s: no finding %s, which the index leads to", at, rule)
		}
	}
}

// compareSize checks that the size is the one for the requests of the row.
func compareSize(t *testing.T, at string, item *review.Item, row indexed) {
	t.Helper()
	size, ok := sizing.For(sizing.Amount{
		MilliCPU: int64(math.Ceil(row.number(t, "cpu_m"))), MilliBytes: int64(row.number(t, "mem_Mi") * (1 << 20) * 1000),
	})
	want := "none"
	if ok {
		want = size.VCPU() + " " + size.Memory()
	}
	got := "none"
	if item.Size != nil {
		got = item.Size.VCPU + " " + item.Size.Memory
	}
	if got != want {
		t.Errorf("%s: size %s, but %s CPU and %s Mi of the index need %s", at, got, row["cpu_m"], row["mem_Mi"], want)
	}
}
