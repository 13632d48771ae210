package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is what this test reads of a workflow.
type workflow struct {
	Defaults struct{ Run struct{ Shell string } }
	Jobs     map[string]struct {
		Steps []struct{ Name, Run, Shell string }
	}
}

func readWorkflow(t *testing.T, name string) (w workflow) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readFile(t, filepath.Join(root(t), ".github/workflows", name))), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// Steps run in a shell with pipefail: GitHub's default has none.
func TestStepsFailWithTheirPipes(t *testing.T) {
	for _, name := range []string{"ci.yaml", "release.yaml"} {
		w := readWorkflow(t, name)
		if w.Defaults.Run.Shell != "bash" {
			t.Errorf("%s: defaults.run.shell is %q; want bash", name, w.Defaults.Run.Shell)
		}
		for job, j := range w.Jobs {
			for _, step := range j.Steps {
				if step.Shell != "" {
					t.Errorf("%s: job %s: a step has the shell %q", name, job, step.Shell)
				}
			}
		}
	}
}

// The steps that push end with an error if the push does, or prints no digest: nothing else is
// signed then.
func TestPushingNeedsADigest(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for _, step := range readWorkflow(t, "release.yaml").Jobs["publish"].Steps {
		if !strings.HasPrefix(step.Name, "Push the ") {
			continue
		}
		for name, c := range map[string]struct {
			prints string
			code   string
			ok     bool
		}{
			"pushed":             {"ghcr.io/o/n@" + digest + "\nDigest: " + digest, "0", true},
			"failed":             {"", "1", false},
			"failed in the end":  {"ghcr.io/o/n@" + digest + "\nDigest: " + digest, "1", false},
			"nothing is printed": {"", "0", false},
			"no digest":          {"ghcr.io/o/n:v1.2.3\nDigest: none", "0", false},
		} {
			if strings.Contains(step.Run, "crane push") {
				c.prints, _, _ = strings.Cut(c.prints, "\n")
			}
			written, err := runStep(t, step.Run, c.prints, c.code)
			if (err == nil) != c.ok || strings.Contains(written, "digest="+digest+"\n") != c.ok {
				t.Errorf("%s, %s: %v, output %q", step.Name, name, err, written)
			}
		}
	}
}

// runStep runs a step as GitHub does with shell: bash, with a program go that prints a text and
// exits with a code when it pushes, and returns what the step writes to GITHUB_OUTPUT.
func runStep(t *testing.T, script, prints, code string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	fake := "#!/bin/sh\ncase \"$*\" in *\" push \"*) printf '%s\\n' \"$PRINTS\"; exit " + code + " ;; esac\n"
	if err := os.WriteFile(filepath.Join(folder, "go"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	written := filepath.Join(folder, "output")
	cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"), "PRINTS="+prints, "GITHUB_OUTPUT="+written,
		"GITHUB_REPOSITORY=O/n", "GITHUB_REPOSITORY_OWNER=O", "GITHUB_REF_NAME=v1.2.3", "GITHUB_ACTOR=a", "TOKEN=t")
	runErr := cmd.Run()
	content, err := os.ReadFile(written)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(content), runErr
}
