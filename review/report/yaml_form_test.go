package report_test

import (
	"strings"
	"testing"

	"fargate-webhook/review/report"
)

// What a file has beside its values stays: an anchor that nothing refers to, how lines end, the mark
// of the byte order.
func TestYAMLKeepsForm(t *testing.T) {
	const block = "apiVersion: v1\nkind: Pod\nmetadata: # one\n  name: a\n  namespace: apps\nspec:\n  containers:\n  - name: a\n    image: a # two\n"
	unused := strings.Replace(block, "spec:\n", "spec: &spec\n", 1)
	used := strings.Replace(strings.Replace(block, "metadata: # one", "metadata: &m # one", 1), "spec:\n", "x: *m\nspec:\n", 1)
	const null = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"apps"},"spec":{"containers":[{"name":"a",  "resources":{"requests":null}}]}}`
	for name, c := range map[string]struct {
		manifest string
		want     []string
	}{
		"an unused anchor":         {unused, []string{"metadata: # one\n", "spec: &spec\n", "image: a # two\n"}},
		"with CRLF":                {strings.ReplaceAll(unused, "\n", "\r\n"), []string{"spec: &spec\r\n", "image: a # two\r\n"}},
		"rewritten":                {used, nil},
		"rewritten with CRLF":      {strings.ReplaceAll(used, "\n", "\r\n"), []string{"kind: Pod\r\n"}},
		"rewritten after a marker": {"---\n" + used, []string{"---\napiVersion"}},
		"null in JSON":             {null, []string{`{"name":"a",  "resources":{"requests":`}},
		"null in YAML":             {block + "    resources:\n      requests:\n", []string{"metadata: # one\n", "image: a # two\n    resources:\n"}},
		"byte order mark":          {"\ufeff" + block, []string{"\ufeffapiVersion", "metadata: # one\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := withText(t, c.manifest)
			if len(r.Items) != 1 || len(r.Items[0].Patch) == 0 {
				t.Fatalf("%+v", r.Items)
			}
			got := written(t, "yaml", r, report.Options{})
			contains(t, got, c.want...)
			if strings.HasPrefix(got, "\n") || strings.Contains(got, "\n\n") || strings.Count(got, "\r\n") != strings.Count(got, "\n") && strings.Contains(c.manifest, "\r\n") {
				t.Errorf("%q", got)
			}
			withText(t, got)
		})
	}
}
