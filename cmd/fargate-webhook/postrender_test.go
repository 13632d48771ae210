package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// What passes a review comes out as it went in; what doesn't never does, and standard error says
// why.
func TestPostRender(t *testing.T) {
	passing, err := os.ReadFile(examplePods)
	if err != nil {
		t.Fatal(err)
	}
	denied, err := os.ReadFile(exampleService)
	if err != nil {
		t.Fatal(err)
	}
	broken, file := "kind: [", filepath.Join(t.TempDir(), "review.json")
	for name, c := range map[string]struct {
		in     string
		args   []string
		code   int
		stderr string
	}{
		"passes":                {"# a comment\n" + string(passing), nil, cli.ExitOK, ""},
		"only hooks":            {"\n", nil, cli.ExitOK, ""},
		"denied":                {string(denied), nil, cli.ExitFailed, "[node-port]"},
		"denied, ignored":       {string(denied), []string{"--fail-on=never"}, cli.ExitOK, ""},
		"broken":                {broken, nil, cli.ExitUsage, "-:1: "},
		"denied, in a file too": {string(denied), []string{"-o", "json=" + file}, cli.ExitFailed, "[node-port]"},
		"no file":               {string(passing), []string{"-o", "json"}, cli.ExitUsage, `--output "json": standard output has the manifests: name a file too, as in --output json=FILE`},
		"an unknown value":      {string(passing), []string{"--fail-on=x"}, cli.ExitUsage, "--fail-on"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, c.in, append([]string{"post-render", "--profiles", exampleProfiles}, c.args...)...)
			got.wants(t, c.code, c.stderr)
			if want := map[bool]string{true: c.in}[c.code == cli.ExitOK]; got.stdout != want {
				t.Errorf("wrote %q, want %q", got.stdout, want)
			}
		})
	}
	if content, err := os.ReadFile(file); err != nil || !strings.Contains(string(content), `"rule": "node-port"`) {
		t.Errorf("the file has %s, %v", content, err)
	}
	if got := program(t, string(passing), "post-render"); got.code != cli.ExitUsage || got.stdout != "" || !strings.Contains(got.stderr, "set at least one of --cluster-name") {
		t.Errorf("without profiles: %+v", got)
	}
}
