package doctor

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// varying matches what differs between two runs.
var varying = regexp.MustCompile(`(?m)\w+ +kubernetes-version.*$|^\d+ passed, \d+ with warnings|fargate-ip-[-.\w]+|[-.\w]+_[-0-9a-f]{36}|\d{4}-\d\d-\d\d|(\d+m)?\d+s ago|\d+/\d+ nodes are available: \d+ node`)

// shown compares the output of a command with what a page shows for it.
func shown(t *testing.T, page, command, output string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", page))
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(data), "```console\n$ "+command+"\n")
	block, _, _ = strings.Cut(block, "```")
	if diff := cmp.Diff(varying.ReplaceAllString(block, "…"), varying.ReplaceAllString(output, "…")); !found || diff != "" {
		t.Errorf("%s shows something else for %q (-page +output):\n%s", page, command, diff)
	}
}
