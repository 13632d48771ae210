package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// Colors are for terminals, and for those who ask for them.
func TestReviewColors(t *testing.T) {
	args := []string{"review", "-f", exampleService, "--profiles", exampleProfiles}
	for color, want := range map[string]bool{"auto": false, "never": false, "always": true} {
		got := program(t, "", append(args, "--color", color)...)
		got.wants(t, cli.ExitFailed, "")
		if strings.Contains(got.stdout, "\x1b") != want {
			t.Errorf("--color %s: %q", color, got.stdout)
		}
	}
	program(t, "", append(args, "--color", "red")...).wants(t, cli.ExitUsage, `--color "red": must be auto, always or never`)
}

// Several outputs are written in one run: one to standard output, the others to files, which
// replace what was there and leave no temporary file.
func TestReviewOutputs(t *testing.T) {
	folder := t.TempDir()
	first, second := filepath.Join(folder, "first.json"), filepath.Join(folder, "second.txt")
	if err := os.WriteFile(second, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"review", "-f", exampleService, "--profiles", exampleProfiles, "-o", "json=" + first, "-o", "table=" + second}
	for name, c := range map[string]struct {
		more  []string
		shown string
	}{
		"a third to standard output": {[]string{"-o", "table"}, "RESULT"},
		"none to standard output":    {nil, ""},
		"quiet":                      {[]string{"-o", "json", "--quiet"}, ""},
	} {
		got := program(t, "", append(args, c.more...)...)
		got.wants(t, cli.ExitFailed, "")
		if (got.stdout == "") != (c.shown == "") || !strings.Contains(got.stdout, c.shown) {
			t.Errorf("%s: standard output %q", name, got.stdout)
		}
		for path, want := range map[string]string{first: `{`, second: "RESULT"} {
			if content, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(content), want) {
				t.Errorf("%s: %s: %v, %q", name, path, err, content)
			}
		}
		if info, err := os.Stat(second); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: the mode of a file that was there: %v, %v", name, info, err)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) != 2 {
			t.Errorf("%s: %v in the folder, %v", name, left, err)
		}
		if err := os.Remove(first); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReviewOutputErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none", "report.json")
	folder := t.TempDir()
	for name, c := range map[string]struct {
		outputs []string
		stderr  string
	}{
		"unknown":                     {[]string{"xml=a"}, `--output "xml": must be table`},
		"no file":                     {[]string{"json="}, `--output "json=": must name a file after the =`},
		"two to standard output":      {[]string{"json", "table"}, `--output "table": standard output takes one format: write the others to files, as in --output table=FILE`},
		"two to a file":               {[]string{"json=a", "table=./a"}, `--output "table=./a": another --output is written to that file`},
		"a folder that doesn't exist": {[]string{"json=" + missing}, "write the report to " + missing + ": "},
		"a folder":                    {[]string{"json=" + folder}, "write the report to " + folder + ": "},
		"a full disk":                 {[]string{"json=/dev/full"}, "write the report to /dev/full: write /dev/full: no space left on device"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat("/dev/full"); err != nil && name == "a full disk" {
				t.Skip(err)
			}
			args := []string{"review", "-f", examplePods, "--profiles", exampleProfiles}
			for _, o := range c.outputs {
				args = append(args, "-o", o)
			}
			got := program(t, "", args...)
			got.wants(t, cli.ExitUsage, c.stderr)
			if got.stdout != "" {
				t.Errorf("standard output %q", got.stdout)
			}
		})
	}
}

// What isn't there or doesn't answer is named in every report, and the rest is in them too.
func TestReviewReportsMissingInput(t *testing.T) {
	folder := t.TempDir()
	args := []string{"review", "--profiles", exampleProfiles, "-f", "missing.yaml", "-f", examplePods, "-f", "http://127.0.0.1:1/pod.yaml"}
	formats := []string{"json", "sarif", "junit", "github", "openreports", "markdown"}
	for _, format := range formats {
		args = append(args, "-o", format+"="+filepath.Join(folder, format))
	}
	program(t, "", args...).wants(t, cli.ExitUsage, "fargate-webhook: read manifests: stat missing.yaml: no such file or directory\n")
	for _, format := range formats {
		content, err := os.ReadFile(filepath.Join(folder, format))
		text := strings.ReplaceAll(string(content), "&#58;", ":") // a colon in Markdown
		for _, want := range []string{"missing.yaml: no such file or directory", "127.0.0.1:1/pod.yaml"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q: %v\n%s", format, want, err, content)
			}
		}
		if format == "json" && !strings.Contains(text, `"name": "web"`) {
			t.Errorf("the report lacks what could be read:\n%s", content)
		}
	}
}
