package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The hook reviews the files that it is given.
func TestPreCommit(t *testing.T) {
	var hooks []struct{ ID, Entry, Language string }
	decoded(t, ".pre-commit-hooks.yaml", &hooks)
	if len(hooks) != 1 || hooks[0].Language != "script" {
		t.Fatalf("%+v", hooks)
	}
	s := newShell(t)
	if out, code := s.run(t, nil, absolute(t, hooks[0].Entry), "--profiles=cluster-config.yaml", "deploy/web.yaml"); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	s.copy(t, "examples/service-nodeport.yaml", "deploy/a service.yaml")
	if out, code := s.run(t, nil, absolute(t, hooks[0].Entry), "--profiles=cluster-config.yaml", "deploy/web.yaml", "deploy/a service.yaml"); code != 1 || !strings.Contains(out, "[node-port]") {
		t.Errorf("denied: exit code %d\n%s", code, out)
	}
}

// pre-commit itself runs the hook, from a repository that has it, for the files that change.
func TestPreCommitItself(t *testing.T) {
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip("pre-commit is not installed (Debian: apt-get install pre-commit): ", err)
	}
	s := newShell(t)
	variables := []string{
		"PRE_COMMIT_HOME=" + t.TempDir(), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
	}
	git := func(at *shell, args ...string) string {
		out, code := at.run(t, variables, "git", args...)
		if code != 0 {
			t.Fatalf("git %q: exit code %d\n%s", args, code, out)
		}
		return strings.TrimSpace(out)
	}
	ours := &shell{folder: t.TempDir()}
	for _, file := range []string{".pre-commit-hooks.yaml", "deploy/ci/pre-commit.sh"} {
		ours.copy(t, file, file)
	}
	if err := os.Chmod(filepath.Join(ours.folder, "deploy/ci/pre-commit.sh"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"commit", "-qm", "a"}} {
		git(ours, args...)
	}
	config := "repos:\n- repo: " + ours.folder + "\n  rev: " + git(ours, "rev-parse", "HEAD") +
		"\n  hooks:\n  - id: fargate-review\n    args: [--profiles=cluster-config.yaml]\n    files: ^deploy/\n"
	if err := os.WriteFile(filepath.Join(s.folder, ".pre-commit-config.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	git(s, "init", "-q")
	git(s, "add", "-A")
	if out, code := s.run(t, variables, "pre-commit", "run"); code != 0 || !strings.Contains(out, "review manifests against EKS Fargate") || !strings.Contains(out, "Passed") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	s.copy(t, "examples/service-nodeport.yaml", "deploy/a service.yaml")
	git(s, "add", "-A")
	if out, code := s.run(t, variables, "pre-commit", "run"); code != 1 || !strings.Contains(out, "[node-port]") {
		t.Errorf("denied: exit code %d\n%s", code, out)
	}
}
