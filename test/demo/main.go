// Command demo is `make run`: it builds a control plane and the webhook, runs both on this machine, applies the examples with kubectl and
// shows what became of them. Then it stays up, to be used with kubectl, until it is interrupted.
//
//	go run ./test/demo [--once]
//
// With --once it ends by itself. Its exit code is 0 if all came out as expected, 1 if not, 2 if it was called in a wrong way.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	// A closed terminal or pipe must not leave processes or folders behind either.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process. ctx ends when the user wants it to end.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		say(stderr, "Usage: make run [ARGS=--once]\n\nRuns the webhook on a local control plane and shows what it does to the examples.\n")
		flags.PrintDefaults()
	}
	once := flags.Bool("once", false, "end by itself; exit 0 only if all came out as expected")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitUsage
	}
	if flags.NArg() > 0 {
		say(stderr, "unexpected argument %q", flags.Arg(0))
		flags.Usage()
		return exitUsage
	}
	if err := demonstrate(ctx, *once, stdout, stderr); err != nil {
		say(stderr, "%v", err)
		return exitFailed
	}
	return exitOK
}

// say writes a line for the user.
func say(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, format+"\n", args...) //nolint:errcheck // a closed pipe ends the program by its signal
}
