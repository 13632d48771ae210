package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/profiles/file"
)

// The files that docs/profiles.md shows are read, and its commands print what the page says.
func TestProfilesPage(t *testing.T) {
	t.Chdir("../..")
	data, err := os.ReadFile("docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	fenced := 0
	for i, part := range strings.Split(page, "```") {
		example, isYAML := strings.CutPrefix(part, "yaml\n")
		if i%2 == 0 || !isYAML {
			continue
		}
		fenced++
		list, err := file.New(write(t, "profiles.yaml", example)).List(t.Context())
		if err != nil || len(list) != 1 || list[0].Name != "apps-fargate-profile" || list[0].Selectors[0].Labels["run"] != "on-fargate" {
			t.Errorf("%v, %v from\n%s", list, err, example)
		}
	}
	blocks := indented(page)
	commands := 0
	for i, block := range blocks {
		arguments, isCommand := strings.CutPrefix(block, "bin/fargate-webhook ")
		if !isCommand {
			continue
		}
		commands++
		got := program(t, "", strings.Fields(arguments)...)
		if i+1 == len(blocks) || got.stdout != blocks[i+1] || got.stderr != "" {
			t.Errorf("%soutput:\n%s%s", block, got.stdout, got.stderr)
		}
	}
	if fenced != 2 || commands != 3 {
		t.Errorf("found %d files and %d commands, want 2 and 3", fenced, commands)
	}
}

// The error that the page shows is the one for the file that it shows.
func TestProfilesPageError(t *testing.T) {
	data, err := os.ReadFile("../../docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := indented(string(data))
	path := write(t, "profiles.yaml", "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n"+blocks[0])
	_, err = file.New(path).List(t.Context())
	if err == nil || strings.TrimPrefix(err.Error(), filepath.Dir(path)+"/")+"\n" != blocks[1] {
		t.Errorf("have %v, want %s", err, blocks[1])
	}
}

// indented returns the blocks of a page that are indented as code, without those between fences.
func indented(page string) []string {
	var blocks []string
	inside, fenced := false, false
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		code, isCode := strings.CutPrefix(line, "    ")
		isCode = isCode && !fenced
		switch {
		case isCode && inside:
			blocks[len(blocks)-1] += code
		case isCode:
			blocks = append(blocks, code)
		}
		inside = isCode
	}
	return blocks
}

// The commands that the pages show print what these say.
func TestConsoles(t *testing.T) {
	t.Chdir("../..")
	for path, want := range map[string]int{"docs/review.md": 8, "docs/migration.md": 6} {
		if commands := consoles(t, path); commands != want {
			t.Errorf("%s: found %d commands, want %d", path, commands, want)
		}
	}
}

// consoles runs the commands of a page, and returns their number.
func consoles(t *testing.T, path string) int {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for block := range strings.SplitSeq(string(page), "```") {
		shown, isConsole := strings.CutPrefix(block, "console\n$ bin/fargate-webhook ")
		if !isConsole {
			continue
		}
		commands++
		arguments, want, _ := strings.Cut(shown, "\n")
		got := program(t, "", strings.Fields(arguments)...)
		if got.code != cli.ExitOK && got.code != cli.ExitFailed || got.stderr != "" {
			t.Errorf("%s: %s: exit code %d, %s", path, arguments, got.code, got.stderr)
		}
		if diff := cmp.Diff(want, got.stdout); diff != "" {
			t.Errorf("%s: %s: -want +got:\n%s", path, arguments, diff)
		}
	}
	return commands
}
