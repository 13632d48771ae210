package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Actions are pinned by commit with the version beside it, which Dependabot updates, and no
// workflow has rights that a job didn't ask for. actionlint checks the rest.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root(t), ".github/workflows/*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("workflows: %q, %v", files, err)
	}
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(.*)$`)
	pinned := regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	commits := map[string]string{}
	for _, file := range files {
		content := readFile(t, file)
		for _, found := range uses.FindAllStringSubmatch(content, -1) {
			action, commit, _ := strings.Cut(found[1], "@")
			if !pinned.MatchString(found[1]) {
				t.Errorf("%s uses %q: must be like owner/name@COMMIT # v1.2.3", file, found[1])
			}
			if other, ok := commits[action]; ok && other != commit {
				t.Errorf("workflows use %s at %s and at %s", action, other, commit)
			}
			commits[action] = commit
		}
		if !strings.Contains(content, "\npermissions: {}\n") {
			t.Errorf("%s gives all jobs rights: want permissions: {}", file)
		}
	}
}

// Releases and images are compiled with one version of Go, and the Dockerfile's base images are
// pinned by digest.
func TestVersionsAgree(t *testing.T) {
	dockerfile := readFile(t, filepath.Join(root(t), "Dockerfile"))
	from := regexp.MustCompile(`(?m)^FROM .*$`)
	pinned := regexp.MustCompile(`^FROM (?:--platform=\S+ )?\S+:\S+@sha256:[0-9a-f]{64}(?: AS \w+)?$`)
	for _, line := range from.FindAllString(dockerfile, -1) {
		if !pinned.MatchString(line) {
			t.Errorf("Dockerfile: %q: want tag and digest", line)
		}
	}
	version := regexp.MustCompile(`golang:([0-9.]+)@`).FindStringSubmatch(dockerfile)
	if version == nil {
		t.Fatal("the Dockerfile has no image golang:VERSION")
	}
	for _, workflow := range []string{"ci.yaml", "release.yaml"} {
		if content := readFile(t, filepath.Join(root(t), ".github/workflows", workflow)); !strings.Contains(content, "\n  GO_VERSION: "+version[1]+" ") {
			t.Errorf("%s has another GO_VERSION than the Dockerfile, %s", workflow, version[1])
		}
	}
}
