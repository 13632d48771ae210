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

// goTool is the go command and what it says of itself.
type goTool struct {
	version   string // such as go1.26.8
	platform  string // such as linux/amd64
	moduleDir string // the folder of this program's go.mod
	cacheDirs []string
}

// findGo asks the go command for its version and folders.
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
		return goTool{}, errors.New("not in the module test/controlplane: run this as `go run -C test/controlplane .` from the repository's root")
	}
	return goTool{
		version:   env.GOVERSION,
		platform:  env.GOOS + "/" + env.GOARCH,
		moduleDir: filepath.Dir(env.GOMOD),
		cacheDirs: []string{env.GOCACHE, env.GOMODCACHE},
	}, nil
}

// goCommand is the go command in dir (empty: here), to be interrupted, not killed, when ctx ends, so that it can tidy up.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	// GOWORK: a workspace around this checkout must not change what is built.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// goOutput runs the go command and returns what it prints.
func goOutput(ctx context.Context, dir string, args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	cmd := goCommand(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, goError(err, "go "+strings.Join(args, " "), errs.String()+out.String())
	}
	return out.Bytes(), nil
}

// goError says why a go command failed, in terms of what to do about it where that is known.
func goError(err error, what, output string) error {
	output = strings.TrimSpace(output)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("there is no go command in PATH: install Go (https://go.dev/dl): %w", err)
	case strings.Contains(output, syscall.ENOSPC.Error()):
		return fmt.Errorf("%s: %w: %w\n%s", what, errDiskFull, err, output)
	case strings.Contains(output, "go.mod requires go >="):
		return fmt.Errorf("%s: this Go is too old: install the version it names, or allow it to be fetched with GOTOOLCHAIN=auto: %w\n%s", what, err, output)
	default:
		return fmt.Errorf("%s: %w\n%s", what, err, output)
	}
}

// errDiskFull is what goError's errors wrap when the disk was full.
var errDiskFull = errors.New("the disk is full")
