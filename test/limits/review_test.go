//go:build linux

package limits

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"fargate-webhook/test/cluster/process"
)

// TestReviewEnds: SIGTERM ends a review that waits for input.
func TestReviewEnds(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	profiles, err := filepath.Abs("../../examples/cluster-config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := process.Start(process.Command{
		Path: built(t), Log: filepath.Join(folder, "log"), Dir: folder, Args: []string{"review", "--profiles=" + profiles, "-f", pipe},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	// Once the other end is open for writing, the review reads.
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close() //nolint:errcheck // nothing is written
	if err := p.Terminate(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Exited():
	case <-time.After(time.Minute):
		t.Error("it still runs")
	}
}
