// Command fargate-webhook is an admission controller for Amazon EKS clusters
// with Fargate profiles, and a reviewer of manifests for them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes, as --help tells them.
const (
	exitOK = 0
	// exitFailed is also that of a review that denies something.
	exitFailed = 1
	exitUsage  = 2
)

// codedError is an error that isn't one of usage, with the exit code that it
// leads to. err may be nil: then all has been said already.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *codedError) Unwrap() error { return e.err }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the default is back: a second one ends at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program, without what belongs to the process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand() //nolint:contextcheck // cobra hands the context on
	root.SetArgs(withDefaultCommand(args))
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(stderr, "fargate-webhook:", text) //nolint:errcheck // nowhere left to say it
	}
	if coded := (*codedError)(nil); errors.As(err, &coded) {
		return coded.code
	}
	return exitUsage
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "fargate-webhook",
		Short: "Make sure that pods on Amazon EKS with Fargate land where, and as large as, they should",
		Long: `fargate-webhook makes sure that what should run on Fargate does, sized as Fargate
bills it, and that what Fargate can't run is refused when it is applied.

Without a command it serves admission requests (see "fargate-webhook serve --help").`,
		Version:       versionText(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w (see %q)", err, c.CommandPath()+" --help")
	})
	root.AddCommand(newServeCommand(), newReviewCommand(), newProfilesCommand(), newExplainCommand(), newRegistrationCommand(), newVersionCommand())
	return root
}

// withDefaultCommand puts "serve" before arguments that start with a flag of
// its own, or when there are none.
func withDefaultCommand(args []string) []string {
	ofRoot := []string{"-h", "--help", "-v", "--version"}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") && !slices.Contains(ofRoot, args[0]) {
		return append([]string{"serve"}, args...)
	}
	return args
}
