package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files in the repository are those that the chart renders.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || string(got) != want {
			t.Errorf("%s isn't what deploy/chart renders (%v): run make manifests", name, err)
		}
	}
	if len(files) != 10 {
		t.Errorf("%d files; want 10", len(files))
	}
}

// A value without a comment is an error that says where it is.
func TestReadmeNeedsComments(t *testing.T) {
	_, err := readme([]byte("# About a.\na:\n  b: 1\n"))
	if err == nil || !strings.Contains(err.Error(), "values.yaml:3: a.b has no comment above it") {
		t.Errorf("got %v", err)
	}
	got, err := readme([]byte("# Head.\n\n# About a,\n# or |.\na: {b: [1, 2]}\n\n# About c.\nc:\n  # About d.\n  d: \"\"\n"))
	want := "| `a` | `{b: [1, 2]}` | About a, or \\|. |\n| **`c`** | | About c. |\n| `c.d` | `\"\"` | About d. |\n"
	if err != nil || strings.TrimPrefix(got, readmeHead) != want {
		t.Errorf("got %q, %v; want %q", strings.TrimPrefix(got, readmeHead), err, want)
	}
}

func TestPolicyFileNeedsAPolicy(t *testing.T) {
	if _, err := policyFile("image: {}\n"); err == nil {
		t.Error("no error")
	}
}
