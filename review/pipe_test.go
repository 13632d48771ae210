//go:build unix

package review_test

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"fargate-webhook/review"
)

// A pipe in a folder isn't waited for; one that a path names is read.
func TestPipes(t *testing.T) {
	folder := t.TempDir()
	pipe, file := filepath.Join(folder, "a.yaml"), filepath.Join(folder, "b.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := review.Files([]string{folder}, true); err != nil || !slices.Equal(got, []string{file}) {
		t.Errorf("the folder is %v, %v", got, err)
	}
	if got, err := review.Files([]string{pipe}, true); err != nil || !slices.Equal(got, []string{pipe}) {
		t.Errorf("the pipe is %v, %v", got, err)
	}
}
