package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/cluster"
)

// machine returns what is measured, and where. What isn't known is "unknown".
func machine(ctx context.Context, root string) (results.Machine, error) {
	kubernetes, err := cluster.Version()
	if err != nil {
		return results.Machine{}, err
	}
	m := results.Machine{
		Date: time.Now().UTC().Format(time.DateOnly), Cores: runtime.NumCPU(), Go: strings.TrimPrefix(runtime.Version(), "go"), Kubernetes: kubernetes,
		Processor: field("/proc/cpuinfo", "model name"), Memory: memory(), System: system(), Load: load(), Revision: revision(ctx, root), Modules: map[string]string{},
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			switch d.Path {
			case "github.com/go-json-experiment/json", "sigs.k8s.io/json", "sigs.k8s.io/controller-runtime", "k8s.io/api":
				m.Modules[d.Path] = d.Version
			}
		}
	}
	return m, nil
}

const unknown = "unknown"

// field returns the first value of a name in a file of lines "name : value".
func field(path, name string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return unknown
	}
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}

func memory() string {
	kib, err := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"))
	if err != nil {
		return unknown
	}
	return fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
}

// system returns the operating system and the version of its kernel, without what distributors add.
func system() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS + "/" + runtime.GOARCH
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-")
	return runtime.GOOS + "/" + runtime.GOARCH + " " + version
}

func load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return unknown
	}
	first, _, _ := strings.Cut(string(content), " ")
	return first
}

// revision returns the commit that is checked out, and whether files differ from it.
func revision(ctx context.Context, root string) string {
	git := func(args ...string) (string, error) {
		output, err := exec.CommandContext(ctx, "git", append([]string{"-C", filepath.Clean(root)}, args...)...).Output()
		return strings.TrimSpace(string(output)), err
	}
	commit, err := git("rev-parse", "--short=12", "HEAD")
	if err != nil {
		return unknown
	}
	if changes, err := git("status", "--porcelain", "--untracked-files=no"); err != nil || changes != "" {
		commit += " with changes"
	}
	return commit
}
