package page

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/test/bench/results"
)

// example are results with a figure of each part.
func example() *results.Results {
	cost := func(micro int64) results.Cost { return results.Cost{Nanoseconds: micro * 1000, Allocations: micro} }
	rows := []results.Row{
		{Variant: results.None, Pod: results.Typical, Clients: 1, PerSecond: 200, Relative: 1, ToConstant: 2},
		{Variant: results.OursOn, Pod: results.Typical, Clients: 1, PerSecond: 96, Relative: 0.48, ToConstant: 0.96, P99ToConstant: 1.2, P99ToConstantError: 0.07, Calls: 1},
		{Variant: results.OursEKS, Pod: results.Typical, Clients: 1, PerSecond: 70, Relative: 0.35, ToConstant: 0.94, P99ToConstant: 1.1, Calls: 1},
		{Variant: results.OursOn, Pod: results.NeedingBoth, Clients: 8, PerSecond: 90, Relative: 0.4, ToConstant: 0.9, P99ToConstant: 1.2, Calls: 2},
		{Variant: results.Policy, Pod: results.NeedingBoth, Clients: 8, Absent: "the API server <v1.36> serves none"},
	}
	return &results.Results{
		Machine: results.Machine{Processor: `a <"&> processor`, Cores: 2},
		Handlers: []results.Handler{
			{Call: results.Mutate, Size: "2.6 KB", Bytes: 2593, Ours: cost(100), Usual: cost(700), Allowing: cost(300), Floor: cost(50), FloorTwice: cost(70), FloorV1: cost(90)},
			{Call: results.Validate, Size: "10 KB", Bytes: 9900, Ours: cost(200), Usual: cost(900), Allowing: cost(300), Floor: cost(100), FloorTwice: cost(170), FloorV1: cost(190)},
		},
		Creates:   results.Creates{Turns: 3, PatchBytes: 793, OursBytes: 398, Rows: rows},
		Growth:    []results.Growth{{Thing: "volumes", Exponent: 1}, {Thing: "templates", Exponent: 1.9}},
		Footprint: &results.Footprint{ReadySeconds: 0.16, IdleMiB: 39, LoadedMiB: 50, BinaryMiB: 38, PerSecond: 200},
		Absent:    map[string]string{"quarter": "no cgroup"},
	}
}

// The figures that were measured decide which targets there are, and which are reached.
func TestTargets(t *testing.T) {
	want := map[string]bool{
		"mutate at 2.6 KB: at most 2.2 times the floor":                                                                             true,
		"mutate at 2.6 KB: controller-runtime takes at least 6 times ours":                                                          true,
		"validate at 10 KB: at most 1.6 times the floor":                                                                            false,
		"validate at 10 KB: controller-runtime takes at least 9 times ours":                                                         false,
		"Pods that nothing refuses, clients: 1: at least 0.95 of the creates with one large constant patch":                         true,
		"Pods that nothing refuses, clients: 1: p99 at most 1.1 times that of it":                                                   false,
		"Pods that need both calls, clients: 8: at least 0.95 of the creates with a large constant patch and a validating no-op":    false,
		"Pods that nothing refuses, clients: 1, all with EKS's webhook: at least 0.95 of the creates with one large constant patch": false,
		"Pods that nothing refuses, clients: 1, all with EKS's webhook: p99 at most 1.1 times that of it":                           true,
		"patch for a pod of one container: under 400 bytes":                                                                         true,
		"templates: exponent at most 1.1":                                                                                           false,
		"resident when idle: under 40 MiB":                                                                                          true,
		"resident at 200 requests a second: under 48 MiB":                                                                           false,
		"binary, stripped: under 45 MiB":                                                                                            true,
		"ready on a small cluster: in under 0.3 s":                                                                                  true,
	}
	for _, target := range Targets(example()) {
		reached, known := want[target.Text]
		if !known || reached != target.Reached {
			t.Errorf("%q: measured %s, reached %t", target.Text, target.Measured, target.Reached)
		}
		if strings.HasSuffix(target.Text, "clients: 1: p99 at most 1.1 times that of it") && target.Measured != "1.20 ± 0.07" {
			t.Errorf("%q: measured %s without its error", target.Text, target.Measured)
		}
		delete(want, target.Text)
	}
	for text := range want {
		t.Errorf("lacks %q", text)
	}
	if none := Targets(&results.Results{}); len(none) != 0 {
		t.Errorf("without figures: %+v", none)
	}
}

// A page of an empty run says so for each part.
func TestTextOfNothing(t *testing.T) {
	text, err := Text(&results.Results{Absent: map[string]string{"quarter": "no cgroup"}})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "Not measured: this run left it out."); n != 6 {
		t.Errorf("%d parts are left out, want 6:\n%s", n, text)
	}
	if !strings.Contains(string(text), "Not measured: no cgroup.") || strings.Contains(string(text), "-->\nNothing") {
		t.Errorf("got\n%s", text)
	}
}

// The page says which Kyverno was measured, or why none was.
func TestKyverno(t *testing.T) {
	r := example()
	for name, test := range map[string]struct {
		row     *results.Row
		version string
		want    string
	}{
		"no row":   {want: "is not compared: this run had no row for it."},
		"absent":   {row: &results.Row{Variant: results.Kyverno, Absent: "Kyverno is not built"}, want: "is not compared: Kyverno is not built."},
		"measured": {row: &results.Row{Variant: results.Kyverno, PerSecond: 50}, version: "v1.19.1", want: "controller of Kyverno v1.19.1 with"},
	} {
		example := *r
		example.Creates.Kyverno = test.version
		if test.row != nil {
			example.Creates.Rows = append(slices.Clone(r.Creates.Rows), *test.row)
		}
		text, err := Text(&example)
		if err != nil {
			t.Fatal(err)
		}
		if compared := !strings.Contains(string(text), "is not compared"); !strings.Contains(string(text), test.want) || compared != (test.version != "") {
			t.Errorf("%s: lacks %q:\n%s", name, test.want, text)
		}
	}
}

// All rows of a table have as many cells as its head.
func TestTables(t *testing.T) {
	text, err := Text(example())
	if err != nil {
		t.Fatal(err)
	}
	columns := 0
	for line := range strings.Lines(string(text)) {
		n := strings.Count(line, "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
		case columns == 0:
			columns = n
		case n != columns:
			t.Errorf("%d bars instead of %d in %s", n, columns, line)
		}
	}
	for _, want := range []string{"| mutate | 2.6 KB | 100 µs | 50 µs | 2.0 | 700 µs | 7.0 |", "absent: the API server <v1.36> serves none", "| templates | 1.90 |"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("lacks %q in\n%s", want, text)
		}
	}
}

// The pictures are well-formed, with a title and a text alternative that has their figures.
func TestPictures(t *testing.T) {
	files, err := Render(example())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{Handlers: "ours 100 µs", Creates: "ours 0.48"} {
		decoder, in, texts := xml.NewDecoder(bytes.NewReader(files[name])), "", map[string]string{}
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				in = token.Name.Local
			case xml.CharData:
				texts[in] += string(token)
			}
		}
		if strings.TrimSpace(texts["title"]) == "" || !strings.Contains(texts["desc"], want) {
			t.Errorf("%s: title %q, description %q", name, texts["title"], texts["desc"])
		}
	}
}
