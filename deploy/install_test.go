package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The commands of Helm in docs/install.md, the chart's README and the README render, and so do the
// values in docs/install.md. TestChart and TestManifests in test/cluster/install run the rest on an
// API server.
func TestInstallationCommands(t *testing.T) {
	tool, root := findHelm(t)
	commands := 0
	for _, page := range []string{"docs/install.md", "deploy/chart/README.md", "README.md"} {
		content, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), "\\\n", " ")
		for _, command := range regexp.MustCompile(`(?m)^    (helm (?:install|upgrade --install) .*)$`).FindAllStringSubmatch(text, -1) {
			commands++
			// Released charts have an image.
			args := []string{"--set=image.repository=registry.example/fargate-webhook,image.tag=v1.0.0"}
			_, sets, _ := strings.Cut(command[1], " --set")
			for set := range strings.SplitSeq(sets, " --set") {
				args = append(args, "--set", strings.TrimSpace(set))
			}
			if len(args) < 3 || !strings.Contains(command[1], " --namespace fargate-webhook --create-namespace ") {
				t.Errorf("%s: %s", page, command[1])
			}
			if _, err := tool.Render(t.Context(), "fargate-webhook", args...); err != nil {
				t.Errorf("%s: %s: %v", page, command[1], err)
			}
		}
		if page != "docs/install.md" {
			continue // other blocks aren't values
		}
		for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
			values := filepath.Join(t.TempDir(), "values.yaml")
			if err := os.WriteFile(values, []byte(block[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			defaults := filepath.Join(root, "deploy", "testdata", "values", "defaults.yaml")
			if _, err := tool.Render(t.Context(), "fargate-webhook", "--values", defaults, "--values", values); err != nil {
				t.Errorf("%s: %v\n%s", page, err, block[1])
			}
		}
	}
	if commands < 4 {
		t.Errorf("found %d commands; want those of three pages", commands)
	}
}
