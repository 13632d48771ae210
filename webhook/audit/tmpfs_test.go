package audit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fargate-webhook/webhook/audit"
)

// On a real disk that is full, lines wait in memory. Once there is room again they are all there, the
// one that the disk took in part included. It needs the right to mount a file system.
func TestFullFileSystem(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", folder).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	filler := filepath.Join(folder, "filler")
	if err := os.WriteFile(filler, []byte(strings.Repeat("\n", 150<<10)), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(audit.Options{Path: filepath.Join(folder, "audit.log")})
	if err != nil {
		t.Fatal(err)
	}
	const lines = 150
	for _, uid := range numbered(lines) {
		line := refusal(uid)
		line.Findings[0].Message = strings.Repeat("z", 1000)
		log.Add(line)
	}
	info, err := os.Stat(filepath.Join(folder, "audit.log"))
	for ; err == nil && info.Size() < 104<<10; info, err = os.Stat(filepath.Join(folder, "audit.log")) {
		time.Sleep(time.Millisecond)
	}
	if err != nil || strings.HasSuffix(read(t, filepath.Join(folder, "audit.log")), "\n") {
		t.Errorf("the disk was to be full within a line: %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	sync(t, log)
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	if got := uids(t, folder); !slices.Equal(got, numbered(lines)) || dropped(log) > 0 {
		t.Errorf("%d of %d lines are there, %v dropped", len(got), lines, dropped(log))
	}
}
