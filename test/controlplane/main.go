// Command controlplane builds the programs of a Kubernetes control plane (etcd, kube-apiserver,
// kube-controller-manager and kubectl) from their Go modules, for the tests and for `make run`.
//
//	go run -C test/controlplane . [--version v1.37.2] [--out DIR]
//
// It writes the binaries to bin/controlplane/VERSION in the repository, and does nothing if they
// are up to date. The version in this module's go.mod is built from that go.mod, any other version
// from a go.mod derived from the one of that Kubernetes version.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stderr)
	stop()
	os.Exit(code)
}

// run parses args, builds the programs and returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, log io.Writer) int {
	flags := flag.NewFlagSet("controlplane", flag.ContinueOnError)
	flags.SetOutput(log)
	version := flags.String("version", getenv("CONTROLPLANE_VERSION"),
		"Kubernetes version, such as v1.34.4 (default $CONTROLPLANE_VERSION, else the one in test/controlplane/go.mod)")
	out := flags.String("out", "", "directory for the binaries (default bin/controlplane/VERSION in the repository)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitUsage
	}
	if flags.NArg() > 0 {
		say(log, "unexpected argument %q", flags.Arg(0))
		flags.Usage()
		return exitUsage
	}
	wanted, err := parseOptionalVersion(*version)
	if err != nil {
		say(log, "--version: %v", err)
		return exitUsage
	}
	err = build(ctx, wanted, *out, log)
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		say(log, "interrupted: the next run continues from Go's build cache")
		return exitFailed
	default:
		say(log, "%v", err)
		return exitFailed
	}
}

// say prints a line with the prefix "control plane: ".
func say(log io.Writer, format string, args ...any) {
	fmt.Fprintf(log, "control plane: "+format+"\n", args...) //nolint:errcheck // an output error can't be reported
}

// build builds the programs of one Kubernetes version unless they are up to date. A zero version
// means the one in this module's go.mod, an empty out the default directory.
func build(ctx context.Context, wanted version, out string, log io.Writer) error {
	tool, err := findGo(ctx)
	if err != nil {
		return err
	}
	committed, err := committedVersion(tool.moduleDir)
	if err != nil {
		return err
	}
	if wanted == (version{}) {
		wanted = committed
	}
	if out == "" {
		out = filepath.Join(tool.moduleDir, "..", "..", "bin", "controlplane", wanted.String())
	}
	if out, err = filepath.Abs(out); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	job := job{tool: tool, version: wanted, derived: wanted != committed, out: out, log: log}
	return job.run(ctx)
}
