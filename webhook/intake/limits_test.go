package intake

import (
	"math"
	"runtime/debug"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"fargate-webhook/internal/scan"
)

// At the size that deploy/manifests asks for, the limits are those of the comment.
func TestLimitsOfDeployment(t *testing.T) {
	want := Limits{Connections: 512, SmallBodies: 16 << 20, LargeBodies: 32 << 20, SmallDecoded: 32 << 20, LargeAtOnce: 1}
	if got := For(256<<20, 2); got != want {
		t.Errorf("have %+v, want %+v", got, want)
	}
}

// Whatever the memory, the largest body fits, and what is taken at once stays within it.
func TestLimitsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		memory := rapid.Int64Range(0, 1<<45).Draw(t, "memory")
		l := For(memory, rapid.IntRange(1, 256).Draw(t, "processors"))
		if l.LargeBodies < MaxBody || l.SmallBodies < smallBody || l.SmallDecoded < smallDecoded || l.LargeAtOnce < 1 || l.Connections < 256 {
			t.Fatalf("something never fits: %+v", l)
		}
		const connection = 32 << 10
		all := int64(l.Connections)*connection + l.SmallBodies + l.LargeBodies + l.SmallDecoded + l.LargeAtOnce*scan.MaxMemory
		if memory >= 128<<20 && all > memory*2/3 {
			t.Fatalf("%d of %d bytes: %+v", all, memory, l)
		}
	})
}

func TestMemoryLimit(t *testing.T) {
	file := func(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }
	for name, c := range map[string]struct {
		own  int64
		root fstest.MapFS
		want int64
		// collected is the limit of the garbage collector afterwards.
		collected int64
	}{
		"nothing":        {math.MaxInt64, fstest.MapFS{}, 0, math.MaxInt64},
		"GOMEMLIMIT":     {1000, fstest.MapFS{}, 1000, 1000},
		"version 2":      {math.MaxInt64, fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("8000\n")}, 8000, 7000},
		"both":           {6000, fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("8000\n")}, 6000, 6000},
		"both, group":    {9000, fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("8000\n")}, 8000, 9000},
		"max":            {math.MaxInt64, fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n")}, 0, math.MaxInt64},
		"above":          {math.MaxInt64, fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("max\n"), "sys/fs/cgroup/a/memory.max": file("8000\n")}, 8000, 7000},
		"path of host":   {math.MaxInt64, fstest.MapFS{"proc/self/cgroup": file("0::/kubepods/x\n"), "sys/fs/cgroup/memory.max": file("8000\n")}, 8000, 7000},
		"version 1":      {math.MaxInt64, fstest.MapFS{"proc/self/cgroup": file("3:cpu:/x\n2:memory:/x\n"), "sys/fs/cgroup/memory/x/memory.limit_in_bytes": file("8000\n")}, 8000, 7000},
		"version 1 none": {math.MaxInt64, fstest.MapFS{"proc/self/cgroup": file("2:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 0, math.MaxInt64},
		"garbage":        {math.MaxInt64, fstest.MapFS{"proc/self/cgroup": file("x\n0::../..\n"), "sys/fs/cgroup/memory.max": file("much\n")}, 0, math.MaxInt64},
	} {
		t.Run(name, func(t *testing.T) {
			before := debug.SetMemoryLimit(c.own)
			defer debug.SetMemoryLimit(before)
			if got := MemoryLimit(c.root); got != c.want {
				t.Errorf("have %d, want %d", got, c.want)
			}
			if got := debug.SetMemoryLimit(-1); got != c.collected {
				t.Errorf("the garbage collector has %d, want %d", got, c.collected)
			}
		})
	}
}
