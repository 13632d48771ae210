package intake

import (
	"io/fs"
	"math"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// MemoryLimit returns the memory that the process may use, in bytes: that of its cgroup, or less if
// GOMEMLIMIT says so; 0 for no limit. root is the root of the file system. If there is a cgroup and
// no GOMEMLIMIT, it sets that limit of the garbage collector an eighth lower, so that it collects
// before the kernel kills.
func MemoryLimit(root fs.FS) int64 {
	group := cgroupLimit(root)
	switch own := debug.SetMemoryLimit(-1); {
	case own < math.MaxInt64 && (group == 0 || own < group):
		return own
	case own == math.MaxInt64 && group > 0:
		debug.SetMemoryLimit(group - group/8)
	}
	return group
}

// cgroupLimit returns the lowest memory limit of the process's cgroup and of those above it, 0 for
// none.
func cgroupLimit(root fs.FS) int64 {
	content, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	lowest := int64(math.MaxInt64)
	for line := range strings.Lines(string(content)) {
		// "0::/path" of version 2, or "7:memory:/path" of version 1.
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		folder, file := "sys/fs/cgroup", "memory.max"
		if fields[1] == "memory" {
			folder, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if fields[1] != "" {
			continue
		}
		// In a container the path may be that of the host, and the limit is at the top.
		for at := path.Clean("/" + fields[2]); ; at = path.Dir(at) {
			if limit := limitIn(root, path.Join(folder, at, file)); limit > 0 {
				lowest = min(lowest, limit)
			}
			if at == "/" {
				break
			}
		}
	}
	// Version 1 says "no limit" with a number that no machine has.
	if lowest > math.MaxInt64/2 {
		return 0
	}
	return lowest
}

// limitIn returns the number in a file, 0 if there is none: it isn't there, or says "max".
func limitIn(root fs.FS, name string) int64 {
	content, err := fs.ReadFile(root, name)
	if err != nil {
		return 0
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		return 0
	}
	return limit
}
