package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

const (
	exampleProfiles = "../../examples/cluster-config.yaml"
	examplePods     = "../../examples/deployment.yaml"
	exampleService  = "../../examples/service-nodeport.yaml"
)

// outcome is the exit code and the output of a run.
type outcome struct {
	code           int
	stdout, stderr string
}

// program runs the program, for at most a minute.
func program(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, strings.NewReader(stdin), &stdout, &stderr)
	return outcome{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// wants checks the exit code, and that standard error contains a text; if it is empty, that there
// is none.
func (o outcome) wants(t *testing.T, code int, stderr string) {
	t.Helper()
	if o.code != code || !strings.Contains(o.stderr, stderr) || (stderr == "") != (o.stderr == "") {
		t.Errorf("exit code %d, want %d; want %q in %q", o.code, code, stderr, o.stderr)
	}
}

// write writes a file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHelp(t *testing.T) {
	for want, args := range map[string][]string{
		"it runs \"fargate-webhook serve": {"--help"},
		"Available Commands":              {"-h"},
		"--cluster-name string":           {"serve", "--help"},
		"--webhook-url string":            {"serve", "-h"},
		"--config string":                 {"serve", "-h"},
		"2  invalid flags, an input":      {"review", "--help"},
		"-f, --filename stringArray":      {"help", "review"},
		"fargate-webhook version":         {"version", "--help"},
		"Run the admission webhook":       {"help"},
	} {
		got := program(t, "", args...)
		got.wants(t, cli.ExitOK, "")
		if !strings.Contains(got.stdout, want) {
			t.Errorf("%q: want %q in:\n%s", args, want, got.stdout)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, how := range []string{"version", "--version", "-v"} {
		got := program(t, "", how)
		got.wants(t, cli.ExitOK, "")
		if fields := strings.Fields(got.stdout); len(fields) < 4 || fields[0] != "fargate-webhook" || strings.Count(got.stdout, "\n") != 1 {
			t.Errorf("%s: have %q", how, got.stdout)
		}
	}
}

func TestVersionAsJSON(t *testing.T) {
	got := program(t, "", "version", "-o", "json")
	got.wants(t, cli.ExitOK, "")
	var built map[string]string
	if err := json.Unmarshal([]byte(got.stdout), &built); err != nil || len(built) != 4 || built["goVersion"] != runtime.Version() || built["platform"] != runtime.GOOS+"/"+runtime.GOARCH {
		t.Errorf("%s: %v", got.stdout, err)
	}
	program(t, "", "version", "-o", "yaml").wants(t, cli.ExitUsage, `--output "yaml": must be text or json`)
}

func TestUnknownUsage(t *testing.T) {
	for want, args := range map[string][]string{
		`unknown command "explode"`:               {"explode"},
		`unexpected argument "now" (see "farg`:    {"version", "now"},
		`unexpected argument "more" (see "fargat`: {"serve", "--profiles", exampleProfiles, "more"},
		`unknown flag: --explode (see "fargate-w`: {"--explode"},
		`unknown flag: --output (see "fargate-we`: {"serve", "--output", "json"},
		`unknown shorthand flag: 'x' in -x (see `: {"review", "-x"},
		`flag needs an argument: --profiles`:      {"review", "--profiles"},
		`invalid argument "many" for "--port"`:    {"serve", "--port", "many"},
	} {
		got := program(t, "", args...)
		got.wants(t, cli.ExitUsage, want)
		if got.stdout != "" || strings.Count(got.stderr, "\n") > 3 {
			t.Errorf("%q: output %q, standard error %q", args, got.stdout, got.stderr)
		}
	}
}

// failing is a standard output that can't be written to.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestUnwritableOutput(t *testing.T) {
	for _, args := range [][]string{
		{"version"},
		{"review", "-f", examplePods, "--profiles", exampleProfiles},
		{"review", "-f", examplePods, "--profiles", exampleProfiles, "-o", "json"},
	} {
		var stderr bytes.Buffer
		var stdout io.Writer = failing{}
		code := run(t.Context(), args, strings.NewReader(""), stdout, &stderr)
		outcome{code: code, stderr: stderr.String()}.wants(t, cli.ExitUsage, "no space left on device")
	}
}
