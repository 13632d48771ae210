package review_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

func newReviewer(tb testing.TB) *review.Reviewer {
	tb.Helper()
	list, err := file.New("testdata/profiles.yaml").List(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return &review.Reviewer{Index: profiles.NewIndex(list), Policy: policy.Default(), Namespace: "default"}
}

// Each folder of testdata is a case: input.yaml, and its report. UPDATE=1 rewrites the reports.
func TestCases(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*/input.yaml")
	if err != nil || len(inputs) < 10 {
		t.Fatalf("only %d cases were found: %v", len(inputs), err)
	}
	for _, input := range inputs {
		folder := filepath.Dir(input)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			data, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			items, problems := newReviewer(t).File("input.yaml", data)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var got bytes.Buffer
			if err := report.Write(&got, "json", new(review.NewReport(items)), report.Options{}); err != nil {
				t.Fatal(err)
			}
			compareWithFile(t, filepath.Join(folder, "want.json"), got.Bytes())
		})
	}
}

func compareWithFile(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("UPDATE=1 rewrites it; -want +got:\n%s", diff)
	}
}

// An object that can't be decoded is an error with file and line. The others are reviewed.
func TestUnreadable(t *testing.T) {
	const good = "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec: {}\n"
	for name, c := range map[string]struct {
		text  string
		want  string
		items int
	}{
		"not YAML":         {good + "---\na: [\n", "in.yaml:6: ", 1},
		"bad indentation":  {good + "---\n# x\napiVersion: v1\n kind: Pod\n", "in.yaml:8: ", 1},
		"not an object":    {"- a\n- b\n", "in.yaml:1: not a Kubernetes object", 0},
		"no metadata":      {"metadata: 5\n", "in.yaml:1: not a Kubernetes object: metadata: must be an object, not a number", 0},
		"text":             {"Error: no such chart\n---\n" + good, "in.yaml:1: not a Kubernetes object", 1},
		"no kind":          {good + "---\nreplicas: 1\n", "in.yaml:5: not a Kubernetes object: it has no apiVersion or no kind", 1},
		"wrong type":       {"apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: 5}\n", `in.yaml:4: Pod "bad": spec.containers: must be a list, not a number`, 0},
		"wrong quantity":   {"apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: [{name: a, resources: {requests: {cpu: much}}}]}\n", `in.yaml:4: Pod "bad": spec.containers[0].resources.requests.cpu: quantities must match`, 0},
		"wrong annotation": {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: bad\n  annotations:\n    example.com/a: b\n    example.com/on: true\n", `in.yaml:7: Pod "bad": metadata.annotations[example.com/on]: must be a string, not true or false`, 0},
		"wrong template":   {"apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: bad}\nspec:\n  template:\n    spec:\n      containers:\n      - name: [a]\n", `in.yaml:8: Rollout "bad": spec.template: spec.containers[0].name: must be a string, not a list`, 0},
		"wrong number":     {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad}\nspec:\n  replicas: 1.5\n", `in.yaml:5: Deployment "bad": spec.replicas: must be a whole number, not number 1.5`, 0},
		"wrong item":       {"apiVersion: v1\nkind: List\nitems: [{kind: Pod}]\n", "in.yaml:3: items[0]: not a Kubernetes object", 0},
		"wrong item among good ones": {`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},null,{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}`,
			"in.yaml:1: items[1]: not a Kubernetes object", 2},
		"wrong item in an inner List": {`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"PodList","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},{"apiVersion":"v1","kind":"Pod","spec":5}]}]}`,
			`in.yaml:1: items[0]: items[1]: Pod "": `, 1},
		"template that isn't":    {"{{ if .Values.on }}\n" + good + "{{ end }}\n", "in.yaml:", 0},
		"Lists without an end":   {strings.Repeat(`{"apiVersion":"v1","kind":"List","items":[`, 9) + strings.Repeat("]}", 9), "more than 8 Lists", 0},
		"aliases without an end": {"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "in.yaml:1: ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			items, problems := newReviewer(t).File("in.yaml", []byte(c.text))
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) {
				t.Errorf("got problems %v, want %q", problems, c.want)
			}
			if len(items) != c.items {
				t.Errorf("got %d items, want %d", len(items), c.items)
			}
		})
	}
}

// Manifests come as YAML, JSON, lists and several documents; each object gets its index.
func TestForms(t *testing.T) {
	pod := func(name string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{"containers":[{"name":"a"}]}}`
	}
	for name, c := range map[string]struct{ text, want string }{
		"documents":              {pod("a") + "\n---\n" + pod("b"), "a=0 b=1"},
		"leading marker":         {"---\n" + pod("a"), "a=0"},
		"empty documents":        {"---\n---\n# nothing\n---\n" + pod("a") + "\n---\n", "a=0"},
		"marker with a comment":  {pod("a") + "\n--- # second\n" + pod("b"), "a=0 b=1"},
		"object on the marker":   {pod("a") + "\n--- " + pod("b") + "\n", "a=0 b=1"},
		"CRLF":                   {strings.ReplaceAll("kind: Pod\napiVersion: v1\nmetadata:\n  name: a\n---\nkind: Pod\napiVersion: v1\nmetadata:\n  name: b\n", "\n", "\r\n"), "a=0 b=1"},
		"byte order mark":        {"\ufeff" + pod("a"), "a=0"},
		"stream of JSON":         {pod("a") + "\n" + pod("b") + pod("c"), "a=0 b=1 c=2"},
		"List":                   {`{"apiVersion":"v1","kind":"List","items":[` + pod("a") + "," + pod("b") + `]}`, "a=0[0] b=0[1]"},
		"PodList":                {`{"apiVersion":"v1","kind":"PodList","items":[` + pod("a") + `]}`, "a=0[0]"},
		"a kind called …List":    {`{"apiVersion":"example.com/v1","kind":"AllowList","metadata":{"name":"a"}}`, "a=0"},
		"marker within a string": {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    text: |\n      x\n      ---\n      y\n", "a=0"},
	} {
		t.Run(name, func(t *testing.T) {
			items, problems := newReviewer(t).File("in.yaml", []byte(c.text))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var got []string
			for _, item := range items {
				text := item.Name + "=" + string(rune('0'+item.Index))
				if item.Item != nil {
					text += "[" + string(rune('0'+*item.Item)) + "]"
				}
				got = append(got, text)
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	root := t.TempDir()
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a}]}\n"
	for _, name := range []string{"a.yaml", "b.json", "c.yml", "notes.txt", "deep/d.yaml", "deep/er/e.yaml"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(pod), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		path      string
		recursive bool
		items     int
		problem   string
	}{
		"folder":           {root, false, 3, ""},
		"recursive":        {root, true, 5, ""},
		"any file by name": {filepath.Join(root, "notes.txt"), false, 1, ""},
		"standard input":   {"-", false, 1, ""},
		"missing":          {filepath.Join(root, "none.yaml"), false, 0, "none.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			report, problems := newReviewer(t).Paths([]string{c.path}, c.recursive, strings.NewReader(pod))
			if len(report.Items) != c.items || (len(problems) > 0) != (c.problem != "") {
				t.Fatalf("%d items, problems %v", len(report.Items), problems)
			}
			if c.problem != "" && !strings.Contains(problems[0].Error(), c.problem) {
				t.Errorf("got %v", problems[0])
			}
		})
	}
	for name, stdin := range map[string]string{"nothing": "", "only comments": "# nothing\n---\n"} {
		if _, problems := newReviewer(t).Paths([]string{"-"}, false, strings.NewReader(stdin)); len(problems) != 1 {
			t.Errorf("%s: got %v, want one problem", name, problems)
		}
	}
	if _, problems := newReviewer(t).Paths([]string{t.TempDir()}, false, nil); len(problems) != 1 {
		t.Errorf("an empty folder: got %v, want one problem", problems)
	}
}

// All files are read before the first object is judged.
func TestFilesKnowEachOther(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(root, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pod := write("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a}]}\n")
	limits := write("b.yaml", "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: [{type: Container, default: {cpu: 1, memory: 1Gi}}]}\n")
	for want, paths := range map[string][]string{"0.25 512Mi": {pod}, "1 2Gi": {pod, limits}} {
		report, problems := newReviewer(t).Paths(paths, false, nil)
		if len(problems) > 0 || len(report.Items) != len(paths) {
			t.Fatal(report, problems)
		}
		if size := report.Items[0].Size; size == nil || size.VCPU+" "+size.Memory != want {
			t.Errorf("%d files: size %v, want %s", len(paths), size, want)
		}
	}
}

func TestTable(t *testing.T) {
	found, problems := newReviewer(t).Paths([]string{"testdata/services/input.yaml", "testdata/deployment-lacks-label/input.yaml"}, false, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got strings.Builder
	if err := report.Write(&got, "table", &found, report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"RESULT  KIND", "deny    Service     apps       node-port",
		"change  Deployment  apps       web           Fargate: apps-fargate-profile  0.25 vCPU / 1Gi",
		"deny [node-port] spec.type: ", "fix: use type: ClusterIP", `add /metadata/labels/run "on-fargate"`,
		"warn    Service     apps       balanced      Fargate: apps-fargate-profile", `add /metadata/annotations {"fargate-webhook/added":"service.beta`,
		"2 denied, 0 with denied pods, 2 with warnings, 1 changed, 0 exempt, 5 as they are, 0 not judged",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("%q is not in\n%s", want, got.String())
		}
	}
}

// Any bytes give a report with the objects in the order of the file, or errors.
func FuzzFile(f *testing.F) {
	inputs, err := filepath.Glob("testdata/*/input.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, input := range inputs {
		data, err := os.ReadFile(input)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"apiVersion":"v1","kind":"List","items":[null,{}]}`))
	f.Add([]byte("--- {a: b}\n---\n{"))
	reviewer := newReviewer(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		items, _ := reviewer.File("in.yaml", data)
		last := 0
		for i := range items {
			if items[i].Index < last {
				t.Errorf("index %d comes after %d", items[i].Index, last)
			}
			last = items[i].Index
		}
		if _, err := json.Marshal(review.NewReport(items)); err != nil {
			t.Error(err)
		}
	})
}
