// Command demo is `make run`: it builds a control plane and the webhook, runs both on this machine
// with a stand-in for EKS, applies the examples with kubectl and prints the results. Then it keeps
// the cluster up for you to use with kubectl, until it is interrupted.
//
//	go run ./test/demo [--once] [--ec2-nodes N]
//
// With --once it exits after the examples. Exit codes: 0 success, 1 failure or an unexpected
// result, 2 wrong usage.
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

// mostNodes limits --ec2-nodes: more would show nothing else.
const mostNodes = 100

func main() {
	// Also clean up processes and directories when the terminal or pipe is closed.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// choices are what the command line chooses.
type choices struct {
	once     bool
	ec2Nodes int
}

// run parses args, runs the demo until ctx ends, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		say(stderr, "Usage: make run [ARGS='--once --ec2-nodes N']\n\nRun the webhook on a local control plane with a stand-in for EKS, and show what it does to the examples.\n")
		flags.PrintDefaults()
	}
	var chosen choices
	flags.BoolVar(&chosen.once, "once", false, "exit after the examples: 0 if all behaved as expected and their pods run, else 1")
	flags.IntVar(&chosen.ec2Nodes, "ec2-nodes", 0, "add `N` EC2 nodes, for a mixed cluster")
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
	if chosen.ec2Nodes < 0 || chosen.ec2Nodes > mostNodes {
		say(stderr, "--ec2-nodes must be between 0 and %d, not %d", mostNodes, chosen.ec2Nodes)
		return exitUsage
	}
	if err := demonstrate(ctx, chosen, stdout, stderr); err != nil {
		say(stderr, "%v", err)
		return exitFailed
	}
	return exitOK
}

// say prints a line.
func say(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, format+"\n", args...) //nolint:errcheck // SIGPIPE ends the program if the pipe is closed
}
