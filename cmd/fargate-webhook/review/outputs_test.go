package review

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

// What is interrupted leaves the file that was there, and nothing else.
func TestInterruptedWrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.json")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	outputs, err := parseOutputs([]string{"json=" + path})
	if err != nil {
		t.Fatal(err)
	}
	found := review.NewReport(nil)
	if err = newReports(outputs, report.Options{}).write(ctx, &found, nil); !errors.Is(err, context.Canceled) || cli.ExitCode(err) != exitInterrupted {
		t.Errorf("error %v", err)
	}
	left, err := os.ReadDir(folder)
	if content, readErr := os.ReadFile(path); err != nil || readErr != nil || string(content) != "old" || len(left) != 1 {
		t.Errorf("%v, %v: %q, %v", err, readErr, content, left)
	}
}

// A link stays one: the file that it leads to is replaced.
func TestWriteThroughLink(t *testing.T) {
	folder := t.TempDir()
	path, link := filepath.Join(folder, "report.json"), filepath.Join(folder, "link")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if err := writeFile(t.Context(), link, bytes.NewBufferString("new")); err != nil {
		t.Fatal(err)
	}
	target, err := os.Readlink(link)
	if content, readErr := os.ReadFile(path); err != nil || readErr != nil || target != path || string(content) != "new" {
		t.Errorf("%v, %v: %q, %s", err, readErr, content, target)
	}
}
