package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Helm removes the Service before the webhook configurations, so the first step of uninstalling is
// to stop the webhook, by the same command wherever it is written.
func TestUninstallingBeginsWithStopping(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "docs", "install.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, stopping, _ := strings.Cut(string(content), "\n## Stop at once\n")
	stopping, uninstalling, found := strings.Cut(stopping, "\n## Uninstall\n")
	if !found {
		t.Fatal("docs/install.md has no section Uninstall after Stop at once")
	}
	var stop string
	for line := range strings.Lines(stopping) {
		if strings.HasPrefix(line, "    kubectl delete clusterrole/") {
			stop = strings.TrimSpace(line)
		}
	}
	first, _, found := strings.Cut(uninstalling, "\n    helm uninstall ")
	if stop == "" || !found || !strings.Contains(first, "\n    "+stop+"\n") && !strings.HasSuffix(first, "\n    "+stop) {
		t.Errorf("docs/install.md uninstalls without %q before", stop)
	}
	notes := chartFiles(t)["NOTES.txt"]
	for _, want := range []string{"\n  " + stop + "\n", `before "helm uninstall"`, "Delete these objects before you uninstall"} {
		if !strings.Contains(notes, want) {
			t.Errorf("NOTES.txt doesn't say %q", want)
		}
	}
}
