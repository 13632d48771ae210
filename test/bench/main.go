// Command bench is `make bench`: it measures what admission costs, and writes docs/performance.md.
//
//	go run ./test/bench [-short] [-parts LIST]   measure
//	go run ./test/bench render                   write the page from docs/performance.json again
//	go run ./test/bench compare -base REVISION   compare Go benchmarks with those of a revision
//
// Exit codes: 0 success, 1 failure, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"fargate-webhook/test/bench/gobench"
	"fargate-webhook/test/bench/stub"
	"fargate-webhook/test/cluster"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs the command that args name, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{"": measure, "render": render, "compare": compare, stub.Name: serveStub}
	do, ok := commands[command]
	if !ok {
		say(stderr, "bench: unknown command %q: it may be render or compare", command)
		return exitUsage
	}
	switch err := do(ctx, args, stdout, stderr); {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		say(stderr, "bench: %v", err)
		return exitUsage
	default:
		say(stderr, "bench: %v", err)
		return exitFailed
	}
}

// errUsage is an error in the arguments.
var errUsage = errors.New("wrong usage")

// say prints a line.
func say(out io.Writer, format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) } //nolint:errcheck // nobody reads it

// parse parses flags, and allows no other arguments.
func parse(flags *flag.FlagSet, args []string, stderr io.Writer) error {
	flags.SetOutput(stderr)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(0))
	}
	return nil
}

// serveStub serves the webhooks that ours is compared with, in a process of their own.
func serveStub(ctx context.Context, args []string, _, _ io.Writer) error {
	if len(args) != 2 {
		return fmt.Errorf("%w: want an address and a folder", errUsage)
	}
	return stub.Main(ctx, args[0], args[1])
}

// compare compares the Go benchmarks with those of a revision.
func compare(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	c := gobench.Comparison{Root: root, Out: stdout}
	flags := flag.NewFlagSet("bench compare", flag.ContinueOnError)
	flags.StringVar(&c.Base, "base", "", "the `REVISION` that the working tree is compared with")
	packages := flags.String("packages", "", "folders with the benchmarks, separated by commas; empty for all that both have")
	flags.StringVar(&c.Bench, "bench", ".", "pattern of the benchmarks")
	flags.IntVar(&c.Count, "count", 6, "how often each is run")
	flags.DurationVar(&c.Lasting, "benchtime", 100*time.Millisecond, "how long each is run")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if c.Base == "" {
		return fmt.Errorf("%w: BASE is not set: make bench-compare BASE=REVISION", errUsage)
	}
	if *packages != "" {
		c.Packages = strings.Split(*packages, ",")
	}
	return c.Compare(ctx)
}
