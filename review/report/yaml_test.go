package report_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"sigs.k8s.io/yaml"

	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

func withText(tb testing.TB, manifests string) *review.Report {
	tb.Helper()
	reviewer := newReviewer()
	reviewer.KeepText = true
	items, problems := reviewer.File("in.yaml", []byte(manifests))
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return new(review.NewReport(items))
}

const commented = `# Keep me.
apiVersion: apps/v1
kind: Deployment
metadata:
    name: "web"   # odd indentation

    namespace: default
spec:
    selector: {matchLabels: {app: web}}
    template:
        metadata:
            labels:
                app: web  # its name
            # end of metadata
        spec:
            containers:
            - name: web
              image: web
              args:
              - |
                some text
                # no comment
            - image: other
              name: other
              resources: {requests: {cpu: 100m, memory: 100Mi}, limits: {memory: "200Mi"}}
--- # untouched
kind: ConfigMap
apiVersion: v1
metadata: {name:   untouched}
`

// Comments, order and form stay: only what admission changes differs.
func TestYAMLIsMinimal(t *testing.T) {
	r := withText(t, commented)
	got := written(t, "yaml", r, report.Options{})
	contains(t, got, "# Keep me.\n", `    name: "web"   # odd indentation`+"\n\n", "                app: web  # its name\n                run: on-fargate\n            annotations:\n", "            # end of metadata\n",
		"                # no comment\n              resources:\n                limits:\n", "--- # untouched\nkind: ConfigMap\napiVersion: v1\nmetadata: {name:   untouched}\n")
	for line := range strings.Lines(commented) {
		if !strings.Contains(line, "resources:") && !strings.Contains(got, line) {
			t.Errorf("%q is gone from\n%s", line, got)
		}
	}
	same(t, r, commented, got)
}

// same checks that each document is what the patches make of it, by another library.
func same(tb testing.TB, r *review.Report, before, after string) {
	tb.Helper()
	beforeDocs, afterDocs := strings.Split(before, "\n---"), strings.Split(after, "\n---")
	if len(beforeDocs) != len(afterDocs) {
		tb.Fatalf("%d documents became %d:\n%s", len(beforeDocs), len(afterDocs), after)
	}
	for i := range r.Items {
		item := &r.Items[i]
		want, err := yaml.YAMLToJSON([]byte(beforeDocs[item.Index]))
		got, gotErr := yaml.YAMLToJSON([]byte(afterDocs[item.Index]))
		if err != nil || gotErr != nil {
			tb.Fatal(err, gotErr, after)
		}
		prefix := ""
		if strings.Contains(string(want), `"template"`) {
			prefix = "/spec/template"
		}
		for _, op := range item.Patch {
			op.Path = prefix + op.Path
			data, err := yaml.Marshal([]any{op})
			if err != nil {
				tb.Fatal(err)
			}
			if data, err = yaml.YAMLToJSON(data); err != nil {
				tb.Fatal(err)
			}
			patch, err := jsonpatch.DecodePatch(data)
			if err != nil {
				tb.Fatal(err)
			}
			options := jsonpatch.NewApplyOptions()
			options.EnsurePathExistsOnAdd = true
			if want, err = patch.ApplyWithOptions(want, options); err != nil {
				tb.Fatalf("%s: %v", op.Path, err)
			}
		}
		if !jsonpatch.Equal(want, got) {
			tb.Errorf("document %d is %s\nwant %s\nin\n%s", item.Index, got, want, after)
		}
	}
}

// Whatever the form of a manifest, the object is the same, and what it doesn't change stays byte for
// byte.
func TestYAMLOfForms(t *testing.T) {
	const block = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: a\n"
	for name, c := range map[string]struct{ manifest, want string }{
		"block":              {block, "metadata:\n  name: a\n  labels:\n    run: on-fargate\n  annotations:\n    fargate-webhook/resources-applied: \"Fit a="},
		"flow":               {"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}]}}\n", "metadata: {name: a, labels: {run: on-fargate}, annotations: {"},
		"JSON":               {`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a"}]}}`, `"metadata":{"name":"a", "labels": {"run": "on-fargate"}`},
		"JSON, indented":     {"{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"metadata\": {\n    \"name\": \"a\"\n  },\n  \"spec\": {\"containers\": [{\"name\": \"a\"}]}\n}\n", "\"name\": \"a\",\n    \"labels\": {\"run\": \"on-fargate\"},\n"},
		"CRLF":               {strings.ReplaceAll(block, "\n", "\r\n"), "  labels:\r\n    run: on-fargate\r\n"},
		"no last newline":    {strings.TrimSuffix(block, "\n"), "    image: a\n    resources:\n"},
		"empty resources":    {block + "    resources: {}\n", "    resources: {limits: {"},
		"null resources":     {block + "    resources:\n", "    resources: {limits: {"},
		"a limit":            {block + "    resources:\n      limits:\n        cpu: 200m\n        memory: 256Mi # MiB\n", "memory: 256Mi # MiB\n"},
		"requests":           {block + "    resources:\n      requests: {cpu: '100m', memory: \"100Mi\"}\n", `memory: "256Mi"`},
		"quote in a flow":    {strings.Replace(block, "name: a\nspec", "annotations: {a: \"}\", b: 'it''s }', c: d's}\n  name: a\nspec", 1), "c: d's, fargate-webhook/resources-applied: "},
		"comment at end":     {block + "# end\n", "# end\n"},
		"anchor":             {strings.Replace(block, "  - name: a\n    image: a\n", "  - &c\n    name: a\n    image: a\n  - <<: *c\n    name: b\n", 1), "run: on-fargate"},
		"folded scalar last": {block + "    command: [sh]\n    workingDir: >-\n      /a\n      # b\n", "      # b\n    resources:\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := withText(t, c.manifest)
			if len(r.Items) != 1 || len(r.Items[0].Patch) == 0 {
				t.Fatalf("%+v", r.Items)
			}
			got := written(t, "yaml", r, report.Options{})
			contains(t, got, c.want)
			same(t, r, c.manifest, got)
		})
	}
}

// Any manifest that can be read can be written, each document as often as before.
func FuzzYAML(f *testing.F) {
	f.Add([]byte(commented))
	f.Add([]byte("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a}]}}"))
	f.Add([]byte("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"containers\":[{\"name\":\"a\"}]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		reviewer := newReviewer()
		reviewer.KeepText = true
		items, problems := reviewer.File("in.yaml", data)
		if len(items) == 0 || len(problems) > 0 {
			return
		}
		r := new(review.NewReport(items))
		text := written(t, "yaml", r, report.Options{})
		again, problems := reviewer.File("in.yaml", []byte(text))
		if len(problems) > 0 || len(again) != len(items) {
			t.Errorf("%v: %d objects became %d:\n%s", problems, len(items), len(again), text)
		}
		written(t, "diff", r, report.Options{})
	})
}

// A second review of what yaml writes changes nothing more.
func TestYAMLIsStable(t *testing.T) {
	inputs, err := filepath.Glob("../testdata/*/input.yaml")
	if err != nil || len(inputs) < 10 {
		t.Fatal(inputs, err)
	}
	for _, input := range inputs {
		data, err := os.ReadFile(input)
		if err != nil {
			t.Fatal(err)
		}
		r := withText(t, string(data))
		first := written(t, "yaml", r, report.Options{})
		second := written(t, "yaml", withText(t, first), report.Options{})
		if first != second {
			t.Errorf("%s: became\n%s\nand then\n%s", input, first, second)
		}
	}
}

// The diff turns the manifests into those of yaml: patch says so.
func TestDiff(t *testing.T) {
	program, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("there is no program patch")
	}
	inputs, _ := filepath.Glob("../testdata/*/input.yaml")
	for _, input := range append(inputs, "") {
		data := []byte(commented)
		if input != "" {
			if data, err = os.ReadFile(input); err != nil {
				t.Fatal(err)
			}
		}
		for _, manifest := range []string{string(data), strings.TrimSuffix(string(data), "\n")} {
			folder := t.TempDir()
			path := filepath.Join(folder, "in.yaml")
			if err := os.WriteFile(path, []byte(manifest), 0o600); err != nil {
				t.Fatal(err)
			}
			r := withText(t, manifest)
			diff, want := written(t, "diff", r, report.Options{}), written(t, "yaml", r, report.Options{})
			run := exec.CommandContext(t.Context(), program, "-p1", "--posix")
			run.Dir, run.Stdin = folder, strings.NewReader(diff)
			if output, err := run.CombinedOutput(); err != nil && diff != "" {
				t.Errorf("%s: %v: %s\n%s", input, err, output, diff)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s: %v: patched\n%s\nwant\n%s", input, err, got, want)
			}
		}
	}
}
