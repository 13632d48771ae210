package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// alertGroup is a group of the chart's PrometheusRule. Without annotations it is what decides when an
// alert fires.
type alertGroup struct {
	Name  string      `json:"name"`
	Rules []alertRule `json:"rules"`
}

type alertRule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// alertGroups returns the groups of the PrometheusRule, rendered with more values as YAML.
func alertGroups(t *testing.T, more string) []alertGroup {
	t.Helper()
	rendered, err := tryRender(t, "monitoring", more)
	if err != nil {
		t.Fatal(err)
	}
	for _, contents := range rendered {
		for _, content := range contents {
			var object struct {
				Kind string
				Spec struct{ Groups []alertGroup }
			}
			if strings.Contains(content, "kind: PrometheusRule") {
				if err := yaml.Unmarshal([]byte(content), &object); err != nil {
					t.Fatal(err)
				}
				return object.Spec.Groups
			}
		}
	}
	t.Fatal("the chart renders no PrometheusRule")
	return nil
}

// alertRules returns the rules of all groups.
func alertRules(groups []alertGroup) (all []alertRule) {
	for _, group := range groups {
		all = append(all, group.Rules...)
	}
	return all
}

// promtool is the path of Prometheus's tool, which `make prometheus` builds. Without it the test is
// skipped, or fails with E2E=required.
func promtool(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "bin", "prometheus", "promtool"))
	if err != nil {
		t.Fatal(err)
	}
	switch _, err := os.Stat(path); {
	case os.Getenv("E2E") == "skip":
		t.Skip("E2E=skip")
	case err != nil && os.Getenv("E2E") == "required":
		t.Fatal("run `make prometheus`: ", err)
	case err != nil:
		t.Skip("run `make prometheus`: ", err)
	}
	return path
}

// writeRules writes the rules as a file of Prometheus, and returns its name.
func writeRules(t *testing.T, groups []alertGroup) string {
	t.Helper()
	content, err := yaml.Marshal(map[string]any{"groups": groups})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// run runs promtool, which must find nothing wrong.
func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %v: %v\n%s", filepath.Base(program), args, err, out)
	}
}

// allDocs returns the text of all pages in docs.
func allDocs(t *testing.T) string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join("..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// headingAnchors returns the anchors of a page's headings, as GitHub makes them.
func headingAnchors(t *testing.T, name string) map[string]bool {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	anchors, dropped := map[string]bool{}, regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(content), -1) {
		anchors[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-")] = true
	}
	return anchors
}
