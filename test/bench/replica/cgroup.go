package replica

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// newGroup makes a cgroup that may use a quarter of a core. It returns "" where that isn't possible:
// version 1 or 2 must be mounted, and writable.
func newGroup() string {
	name := fmt.Sprintf("fargate-webhook-bench-%d", os.Getpid())
	for root, limit := range map[string][2]string{
		"/sys/fs/cgroup":     {"cpu.max", "25000 100000"},
		"/sys/fs/cgroup/cpu": {"cpu.cfs_quota_us", "25000"}, // its period is 100 ms by default
	} {
		group := filepath.Join(root, name)
		if err := os.Mkdir(group, 0o755); err != nil { //nolint:gosec // as other cgroups
			continue
		}
		file := filepath.Join(group, limit[0])
		if _, err := os.Stat(file); err == nil && os.WriteFile(file, []byte(limit[1]), 0o600) == nil {
			return group
		}
		removeGroup(group)
	}
	return ""
}

// removeGroup removes a cgroup. The kernel keeps it for a moment after its last process.
func removeGroup(group string) {
	for range 100 {
		if err := os.Remove(group); err == nil || os.IsNotExist(err) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// into writes a script that runs a program in a cgroup: the shell enters it and becomes the program.
func into(group, program, script string) error {
	text := fmt.Sprintf("#!/bin/sh\necho $$ > '%s/cgroup.procs' && exec '%s' \"$@\"\n", group, program)
	return os.WriteFile(script, []byte(text), 0o700) //nolint:gosec // it is run
}
