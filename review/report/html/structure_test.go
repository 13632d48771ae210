package html

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parsed parses a page as a browser does, with or without scripts.
func parsed(tb testing.TB, page string, scripts bool) *html.Node {
	tb.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(scripts))
	if err != nil {
		tb.Fatal(err)
	}
	return root
}

// elements returns all elements of some kinds, in their order; all of them if no kind is named.
func elements(root *html.Node, kinds ...atom.Atom) (found []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (len(kinds) == 0 || slices.Contains(kinds, n.DataAtom)) {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf returns the text of an element, without that of scripts and styles.
func textOf(n *html.Node) string {
	var out strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.DataAtom != atom.Script && c.Parent.DataAtom != atom.Style {
			out.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(out.String())
}

// The page is complete without scripts: everything that is known of each object is in its row.
func TestReadsWithoutScripts(t *testing.T) {
	root := parsed(t, pageOf(t, billed(t)), false)
	rows := map[string]string{}
	for _, tr := range elements(root, atom.Tr) {
		if attribute(tr, "data-s") != "" {
			rows[textOf(elements(tr, atom.Th)[0])] = textOf(tr)
		}
	}
	for name, wants := range map[string][]string{
		"debug":                 {"denied", "Pod", "host-namespaces, volume-type", "Fix: remove", "At spec.hostPID, testdata/shop.yaml:50:3", "severity High"},
		"checkout":              {"pods denied", "privileged", "spec.template.spec.containers[0].securityContext.privileged"},
		"cache":                 {"warning", "Ignored because: moves to a load balancer in March", "host-port", "add /spec/containers/0/resources/limits {\"cpu\":\"2\",\"memory\":\"6912Mi\"}"},
		"gateway":               {"Unknown fields, which the API server drops or refuses: spec.template.spec.hostnetwork"},
		"basket":                {"as it is", "not Fargate: no ACTIVE Fargate profile selects namespace \"shpo\""},
		"coredns":               {"exempt", "the policy exempts namespace \"kube-system\""},
		"ships":                 {"not judged", "Not judged: holds a pod template at spec.template"},
		"old":                   {"not judged", "use apps/v1"},
		"search":                {"1, 8Gi", "2 vCPU / 9Gi", "Next cheaper size: 1 vCPU + 8 GiB is billed as 2 vCPU / 9 GB ($88.30 a month in us-east-1); 256 MiB less: $55.51. This saves $65.59 for 2 pods.", "Fargate profile shop", "testdata/shop.yaml, line 14"},
		"ledger, spec.template": {"Rollout", "Pod template"},
	} {
		for _, want := range wants {
			if !strings.Contains(rows[name], want) {
				t.Errorf("%s: %q is not in %q", name, want, rows[name])
			}
		}
	}
	if len(rows) != 14 { // two are called "web"
		t.Errorf("%d rows", len(rows))
	}
	if text := textOf(root); !strings.Contains(text, "2 ConfigMap") {
		t.Error("the objects that aren't shown aren't counted")
	}
}

// The worst come first, and objects of the same outcome by namespace.
func TestWorstFirst(t *testing.T) {
	var got []string
	for _, tr := range elements(parsed(t, pageOf(t, reportOf(shopItems(t))), true), atom.Tr) {
		if attribute(tr, "data-s") != "" {
			got = append(got, attribute(tr, "data-s")+" "+textOf(elements(tr, atom.Th)[0]))
		}
	}
	want := []string{
		"deny agent", "deny debug", "deny web", "pods batch", "pods checkout", "warn report", "warn cache", "warn gateway",
		"change ledger, spec.template", "change search", "change web", "exempt coredns", "pass basket", "skip old", "skip ships",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// What a screen reader goes by: landmarks, headings in their order, names of tables and pictures,
// scopes, and no id twice.
func TestMarkupIsAccessible(t *testing.T) {
	root := parsed(t, pageOf(t, billed(t)), false)
	if attribute(elements(root, atom.Html)[0], "lang") != "en" || len(elements(root, atom.Main)) != 1 || len(elements(root, atom.H1)) != 1 {
		t.Error("the page must have a language, one main and one h1")
	}
	ids := map[string]bool{}
	for _, n := range elements(root) {
		if id := attribute(n, "id"); id != "" && ids[id] {
			t.Errorf("id %s is there twice", id)
		} else if id != "" {
			ids[id] = true
		}
	}
	level := 0
	for _, n := range elements(root) {
		for name := range strings.FieldsSeq(attribute(n, "aria-labelledby")) {
			if !ids[name] {
				t.Errorf("%s is labelled by %s, which isn't there", n.Data, name)
			}
		}
		switch n.DataAtom {
		case atom.H1, atom.H2, atom.H3:
			if next := int(n.Data[1] - '0'); next > level+1 {
				t.Errorf("heading %q of level %d follows one of level %d", textOf(n), next, level)
			} else {
				level = next
			}
		case atom.Th:
			if attribute(n, "scope") == "" {
				t.Errorf("header %q has no scope", textOf(n))
			}
		case atom.Section:
			if attribute(n, "aria-labelledby") == "" && len(elements(n, atom.H3)) == 0 {
				t.Error("a section has no name")
			}
		case atom.Details:
			if n.FirstChild.DataAtom != atom.Summary {
				t.Error("details without a summary")
			}
		default:
		}
		if n.Data == "svg" && n.Parent.Data != "svg" && (attribute(n, "role") != "img" || len(strings.Fields(attribute(n, "aria-labelledby"))) != 2) {
			t.Error("a picture must be an img with title and description")
		}
	}
}

// An empty report is a page too.
func TestEmptyReport(t *testing.T) {
	page := pageOf(t, reportOf(nil))
	if !strings.Contains(page, "No object has, makes or leads traffic to pods.") || strings.Contains(page, "<svg") {
		t.Error(page)
	}
}

// outline is what the page says without its details: headings, totals, pictures and tables.
func outline(root *html.Node) string {
	var out strings.Builder
	for _, n := range elements(root) {
		switch n.DataAtom {
		case atom.H1, atom.H2, atom.H3:
			out.WriteString("\n" + strings.Repeat("#", int(n.Data[1]-'0')) + " " + textOf(n) + "\n")
		case atom.Li, atom.Caption, atom.P:
			if n.Parent.DataAtom == atom.Details { // texts of rules
				continue
			}
			out.WriteString(textOf(n) + "\n")
		case atom.Tr:
			var cells []string
			for c := range n.ChildNodes() {
				if c.FirstChild != nil && c.FirstChild.DataAtom == atom.Noscript {
					cells = append(cells, "")
				} else if c.FirstChild != nil && c.FirstChild.Type == html.TextNode {
					cells = append(cells, strings.TrimSpace(c.FirstChild.Data))
				} else {
					cells = append(cells, textOf(c))
				}
			}
			out.WriteString("| " + strings.Join(cells, " | ") + "\n")
		default:
		}
		if n.Data == "desc" {
			out.WriteString("picture: " + textOf(n) + "\n")
		}
	}
	return out.String()
}

func TestOutline(t *testing.T) {
	for file, r := range map[string]*report{"testdata/shop.txt": reportOf(shopItems(t)), "testdata/bill.txt": billed(t)} {
		outlined(t, file, r)
	}
}

func outlined(t *testing.T, file string, r *report) {
	t.Helper()
	got := outline(parsed(t, pageOf(t, r), true))
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page differs from %s; run with UPDATE=1 and read the diff. It is\n%s", file, got)
	}
}
