package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	command "fargate-webhook/cmd/fargate-webhook/review"
	"fargate-webhook/review"
)

const golden = "test/try/testdata/output.txt"

// What `make try` prints is in a file. UPDATE=1 rewrites it.
func TestTry(t *testing.T) {
	t.Chdir("../..")
	var out bytes.Buffer
	if err := try(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("UPDATE=1 rewrites %s; -want +got:\n%s", golden, diff)
	}
}

// Each result is what the program prints for the command above it.
func TestPrintsWhatReviewPrints(t *testing.T) {
	t.Chdir("../..")
	var out bytes.Buffer
	if err := try(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile(`(?m)^\$ fargate-webhook review (.*)\n`).FindAllStringSubmatchIndex(out.String(), -1)
	if len(parts) != len(examples()) {
		t.Fatalf("%d commands for %d examples", len(parts), len(examples()))
	}
	for _, part := range parts {
		arguments := out.String()[part[2]:part[3]]
		var printed bytes.Buffer
		c := command.NewCommand()
		c.SilenceErrors, c.SilenceUsage = true, true
		c.SetArgs(strings.Fields(arguments))
		c.SetOut(&printed)
		c.SetErr(&printed)
		_ = c.ExecuteContext(t.Context()) // an error if an object is denied
		if printed.Len() == 0 || !strings.HasPrefix(out.String()[part[1]:], printed.String()) {
			t.Errorf("review %s prints\n%s", arguments, printed.String())
		}
	}
}

// `make try` says in its first line what it does, before anything is compiled.
func TestMakeTrySaysFirstWhatItDoes(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), "make", "--no-print-directory", "--dry-run", "try")
	cmd.Dir = "../.."
	commands, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	said, _, found := strings.Cut(string(commands), " run ")
	if !found || !strings.Contains(said, `echo "try: judges the manifests in examples/`) || !strings.Contains(said, "contacts no cluster and no AWS") {
		t.Errorf("make try runs\n%s", commands)
	}
}

// The examples show all that a newcomer is to see.
func TestExamplesShowEachResult(t *testing.T) {
	for _, want := range []review.Result{review.ResultPass, review.ResultChange, review.ResultDeny} {
		if !slices.ContainsFunc(examples(), func(e example) bool { return e.want == want }) {
			t.Errorf("no example of %s", want)
		}
	}
}

func TestTryOutsideTheRepository(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := try(t.Context(), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "root of the repository") {
		t.Errorf("%v; want where to run it", err)
	}
}

func TestCheck(t *testing.T) {
	e := example{file: "f.yaml", want: review.ResultPass}
	report := review.Report{Items: []review.Item{{Kind: "Pod", Name: "a", Result: review.ResultPass}}}
	if err := e.check(report); err != nil {
		t.Error(err)
	}
	report.Items[0].Result = review.ResultDeny
	if err := e.check(report); err == nil || !strings.Contains(err.Error(), "f.yaml: Pod a: deny; want pass") {
		t.Errorf("%v; want the difference", err)
	}
}
