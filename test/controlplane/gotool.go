package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// goTool describes the go command and its environment.
type goTool struct {
	version   string // such as go1.26.8
	platform  string // such as linux/amd64
	moduleDir string // the directory of this program's go.mod
	cacheDirs []string
}

// findGo runs `go env` to get the go command's version, platform and directories.
func findGo(ctx context.Context) (goTool, error) {
	printed, err := goOutput(ctx, "", "env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOMOD", "GOCACHE", "GOMODCACHE")
	if err != nil {
		return goTool{}, err
	}
	var env struct{ GOVERSION, GOOS, GOARCH, GOMOD, GOCACHE, GOMODCACHE string }
	if err := json.Unmarshal(printed, &env); err != nil {
		return goTool{}, fmt.Errorf("read `go env`: %w", err)
	}
	if filepath.Base(env.GOMOD) != "go.mod" {
		return goTool{}, errors.New("not in the module test/controlplane: run `go run -C test/controlplane .` in the root of the repository")
	}
	return goTool{
		version:   env.GOVERSION,
		platform:  env.GOOS + "/" + env.GOARCH,
		moduleDir: filepath.Dir(env.GOMOD),
		cacheDirs: []string{env.GOCACHE, env.GOMODCACHE},
	}, nil
}

// goCommand returns a go command that runs in dir (empty: the working directory). When ctx ends it
// is interrupted, so that it can clean up, and killed only if it doesn't exit.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	// GOWORK=off: a go.work file above this checkout must not affect the build.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// goOutput runs the go command and returns its standard output.
func goOutput(ctx context.Context, dir string, args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	cmd := goCommand(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, goError(err, "go "+strings.Join(args, " "), errs.String()+out.String())
	}
	return out.Bytes(), nil
}

// goError describes why a go command failed, with the fix for known causes.
func goError(err error, what, output string) error {
	output = strings.TrimSpace(output)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("go: command not found in PATH: install Go from https://go.dev/dl: %w", err)
	case strings.Contains(output, syscall.ENOSPC.Error()):
		return fmt.Errorf("%s: %w: %w\n%s", what, errDiskFull, err, output)
	case strings.Contains(output, "go.mod requires go >="):
		return fmt.Errorf("%s: this version of Go is too old: install the required version, or set GOTOOLCHAIN=auto to download it: %w\n%s", what, err, output)
	default:
		return fmt.Errorf("%s: %w\n%s", what, err, output)
	}
}

// errDiskFull is wrapped by goError's errors if the disk is full.
var errDiskFull = errors.New("the disk is full")
