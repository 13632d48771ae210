package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/fargate"
	"fargate-webhook/policy"
	policyfile "fargate-webhook/policy/file"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/review"
)

const (
	root   = "../.."
	folder = root + "/examples/resources"
)

// The committed page and picture are up to date: their numbers come from Decide.
func TestUpToDate(t *testing.T) {
	files, err := outputs(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		there, err := os.ReadFile(filepath.Join(root, f.path))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(there), string(f.content)); diff != "" {
			t.Errorf("%s is stale: run `make docs`\n-committed +generated:\n%s", f.path, diff)
		}
	}
}

// The numbers are consistent: at least the requests are handed out, and the parts of a bar add up.
func TestUsage(t *testing.T) {
	for _, e := range examples(t) {
		u := e.usage
		for name, v := range map[string][5]int64{
			"CPU":    {u.Requested.MilliCPU, u.HandedOut.MilliCPU, u.Unused.MilliCPU, e.size.Budget().MilliCPU, u.Provisioned.MilliCPU},
			"memory": {u.Requested.MilliBytes, u.HandedOut.MilliBytes, u.Unused.MilliBytes, e.size.Budget().MilliBytes, u.Provisioned.MilliBytes},
		} {
			requested, handedOut, unused, budget, provisioned := v[0], v[1], v[2], v[3], v[4]
			if requested > handedOut || handedOut+unused != budget || budget > provisioned {
				t.Errorf("%s: %s: requested %d, handed out %d, unused %d of %d of %d", e.title, name, requested, handedOut, unused, budget, provisioned)
			}
		}
		if e.title == "" {
			t.Errorf("pod %q has no title", e.before.Name)
		}
	}
}

// The page's text refers to these examples by number and states their resources.
func TestNumbered(t *testing.T) {
	all := examples(t)
	for number, want := range map[int]struct{ name, becomes string }{
		8:  {"spill", "`app` 250m, 1792Mi, limits equal"},
		11: {"alone", "`app` 250m, 256Mi, limits equal"},
		12: {"injected", "`istio-proxy` 23m, 61Mi, limits 250m, 256Mi<br>`app` 227m, 195Mi, limits 250m, 256Mi"},
		15: {"two-sizes", "`proxy` 250m, 256Mi<br>`app` 250m, 256Mi, limits 500m, 512Mi"},
		13: {"to-limits", "`istio-proxy` 2, 1Gi, limits equal<br>`app` 2, 3840Mi"},
	} {
		if e := all[number-1]; e.before.Name != want.name || perContainer(e.after, stated) != want.becomes {
			t.Errorf("example %d is %s, which becomes %s; want %v", number, e.before.Name, perContainer(e.after, stated), want)
		}
	}
}

// The commands on the page print the same numbers. The second command uses the policy file.
func TestReview(t *testing.T) {
	list, err := file.New(folder + "/profiles.yaml").List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	withMinimum, err := policyfile.Load(folder+"/policy.yaml", fargate.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	all := examples(t)
	for _, c := range []struct {
		name   string
		policy policy.Policy
	}{{"pods.yaml", policy.Default()}, {"constrained.yaml", withMinimum}} {
		reviewer := review.Reviewer{Index: profiles.NewIndex(list), Policy: c.policy}
		report, problems := reviewer.Paths([]string{filepath.Join(folder, c.name)}, false, strings.NewReader(""))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for i := range report.Items {
			if item := &report.Items[i]; item.Kind == "Pod" && len(all) > 0 {
				compareReview(t, &all[0], item)
				all = all[1:]
			}
		}
	}
	if len(all) > 0 {
		t.Errorf("review lacks %d examples, starting with %q", len(all), all[0].title)
	}
}

// compareReview compares an example with its item in a review.
func compareReview(t *testing.T, e *example, item *review.Item) {
	t.Helper()
	if item.Name != e.before.Name || item.Size == nil || item.Size.VCPU != e.size.VCPU() || item.Size.Memory != e.size.Memory() {
		t.Errorf("%s: review says %s with size %v, the page %s", e.title, item.Name, item.Size, e.size)
		return
	}
	after, err := patched(e.before, item.Patch)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(perContainer(e.after, stated), perContainer(after, stated)); diff != "" {
		t.Errorf("%s: -the page +review:\n%s", e.title, diff)
	}
	u := item.Usage
	page := [3]string{both(e.usage.Requested), both(e.usage.HandedOut), both(e.usage.Unused)}
	if got := [3]string{u.Requested.String(), u.HandedOut.String(), u.Unused.String()}; got != page {
		t.Errorf("%s: requested, handed out and unused are %q in the review, %q on the page", e.title, got, page)
	}
}

// A pod whose sidecar is injected after admission gets the same resources as the page states for a
// pod that has the sidecar from the start.
func TestInjected(t *testing.T) {
	var alone, injected *example
	for _, e := range examples(t) {
		switch e.before.Name {
		case "alone":
			alone = &e
		case "injected":
			injected = &e
		}
	}
	if alone == nil || injected == nil {
		t.Fatal("the examples lack the pods alone and injected")
	}
	pod := alone.after.DeepCopy()
	pod.Spec.InitContainers = injected.before.Spec.InitContainers
	settings := policy.Default()
	index := profiles.NewIndex([]profiles.Profile{{Name: "shop", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "shop"}}}})
	later, err := judged(pod, &manifests{}, index, &settings)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(perContainer(injected.after, stated), perContainer(later.after, stated)); diff != "" {
		t.Errorf("-from the start +injected later:\n%s", diff)
	}
}

// The picture is well-formed XML with a title and a text alternative.
func TestPicture(t *testing.T) {
	all := examples(t)
	all[0].title = `<"&>`
	svg := picture(all)
	texts := map[string]string{}
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	var in string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local
		case xml.CharData:
			texts[in] += string(token)
		}
	}
	if strings.TrimSpace(texts["title"]) == "" || !strings.Contains(texts["desc"], `1, <"&>: 0 and 0 requested, 250m and 256Mi handed out, 0.25 vCPU / 512Mi provisioned.`) {
		t.Errorf("title %q, description %q", texts["title"], texts["desc"])
	}
	if !strings.Contains(texts["text"], all[len(all)-1].title) {
		t.Errorf("the last example is not in the picture: %q", texts["text"])
	}
	if !bytes.Equal(svg, picture(all)) {
		t.Error("two runs generate different pictures")
	}
}

func TestStated(t *testing.T) {
	for name, c := range map[string]struct {
		pod, want string
	}{
		"nothing":       {"{}", "nothing"},
		"requests only": {"{requests: {memory: 1Gi, cpu: 100m}}", "100m, 1Gi"},
		"limits only":   {"{limits: {memory: 1Gi}}", "limits 1Gi"},
		"equal":         {"{requests: {cpu: 1}, limits: {cpu: 1}}", "1, limits equal"},
		"limits above":  {"{requests: {cpu: 1}, limits: {cpu: 2}}", "1, limits 2"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pod.yaml")
			if err := os.WriteFile(path, []byte("kind: Pod\nspec: {containers: [{name: a, resources: "+c.pod+"}]}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := readManifests(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := perContainer(m.pods[0], stated); got != "`a` "+c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A page without the markers is an error.
func TestWithTable(t *testing.T) {
	page := "a\n" + tableBegin + "old\n" + tableEnd + "b\n"
	got, err := withTable([]byte(page), "new\n")
	if want := "a\n" + tableBegin + "new\n" + tableEnd + "b\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	for _, page := range []string{"", tableBegin, tableEnd + tableBegin} {
		if got, err := withTable([]byte(page), "new\n"); err == nil {
			t.Errorf("%q became %q", page, got)
		}
	}
}

func examples(t *testing.T) []example {
	t.Helper()
	all, err := readExamples(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
