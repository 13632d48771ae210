// Command controlplane builds the programs of a Kubernetes control plane (etcd, kube-apiserver,
// kube-controller-manager and kubectl) from their Go modules, for the tests and for `make run`.
//
//	go run -C test/controlplane . [--version v1.37.2] [--out DIR] | --where | --clean
//
// Each clone on a machine finds what another has built: the programs are in a folder of the user's
// cache directory, named after the recipe by which they are built. Programs of the right version in
// $KUBEBUILDER_ASSETS are used as they are. DIR, by default bin/controlplane/VERSION in the
// repository, gets links to the programs. The version in this module's go.mod is built from that
// go.mod, any other version from a go.mod derived from the one of that Kubernetes version.
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
	out := flags.String("out", "", "directory for links to the binaries (default bin/controlplane/VERSION in the repository)")
	where := flags.Bool("where", false, "print the cache directory with the binaries of all versions, if it exists, and exit")
	clean := flags.Bool("clean", false, "remove that directory, and exit")
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
	switch {
	case *where, *clean:
		err = tidy(ctx, *clean, log)
	default:
		err = build(ctx, wanted, *out, getenv, log)
	}
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

// sayPrefix is how each line begins.
const sayPrefix = "control plane: "

// say prints a line with the prefix.
func say(log io.Writer, format string, args ...any) {
	fmt.Fprintf(log, sayPrefix+format+"\n", args...) //nolint:errcheck // an output error can't be reported
}

// build provides the programs of one Kubernetes version. A zero version means the one in this
// module's go.mod, an empty out the default directory.
func build(ctx context.Context, wanted version, out string, getenv func(string) string, log io.Writer) error {
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
	bin := filepath.Join(tool.moduleDir, "..", "..", "bin")
	if out == "" {
		out = filepath.Join(bin, "controlplane", wanted.String())
	}
	if out, err = filepath.Abs(out); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	job := job{tool: tool, version: wanted, derived: wanted != committed, out: out, log: log}
	job.stores = storesFor(bin, log)
	job.assets = fittingAssets(ctx, getenv(assetsVariable), wanted, log)
	return job.run(ctx)
}

// storesFor returns the stores for a checkout with this bin directory, the best first.
func storesFor(bin string, log io.Writer) []store {
	shared, err := cacheStore()
	if err != nil {
		say(log, "%v: building into %s instead, which other clones don't see", err, checkoutStore(bin))
		return []store{checkoutStore(bin)}
	}
	return []store{shared, checkoutStore(bin)}
}

// tidy prints where the shared store is, or removes it. It waits for a build that runs.
func tidy(ctx context.Context, remove bool, log io.Writer) (err error) {
	shared, err := cacheStore()
	if err != nil {
		return nil // nothing is there
	}
	if _, err := os.Stat(string(shared)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if !remove {
		say(log, "the binaries that all clones share stay in %s: make clean-cache removes them", shared)
		return nil
	}
	held, err := shared.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	if err := os.RemoveAll(string(shared)); err != nil {
		return fmt.Errorf("remove the binaries: %w", err)
	}
	say(log, "removed %s", shared)
	return nil
}
