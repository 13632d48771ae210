//go:build linux

package limits

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// groupLimit is the memory of a replica on the smallest Fargate size, in bytes.
const groupLimit = 256 << 20

// newCgroup makes a cgroup with a memory limit. It returns "" where that isn't possible: version 1
// or 2 must be mounted, and writable.
func newCgroup(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("fargate-webhook-test-%d", os.Getpid())
	for root, file := range map[string]string{"/sys/fs/cgroup": "memory.max", "/sys/fs/cgroup/memory": "memory.limit_in_bytes"} {
		group := filepath.Join(root, name)
		if err := os.Mkdir(group, 0o755); err != nil {
			continue
		}
		t.Cleanup(func() { remove(group) }) // its process has ended before
		limit := filepath.Join(group, file)
		if _, err := os.Stat(limit); err != nil {
			continue
		}
		if err := os.WriteFile(limit, []byte(strconv.Itoa(groupLimit)), 0o600); err == nil {
			return group
		}
	}
	return ""
}

// remove removes a cgroup. The kernel keeps it for a moment after its last process.
func remove(group string) {
	for range 100 {
		if err := os.Remove(group); err == nil || os.IsNotExist(err) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// peakOf returns the most memory that a cgroup has had, in MiB, and 0 if it doesn't say.
func peakOf(group string) float64 {
	for _, file := range []string{"memory.peak", "memory.max_usage_in_bytes"} {
		content, err := os.ReadFile(filepath.Join(group, file))
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64); err == nil {
			return float64(n) / (1 << 20)
		}
	}
	return 0
}
