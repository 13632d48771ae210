// Command fargate-webhook is an admission controller for Amazon EKS clusters with Fargate profiles.
// Its other commands make the same decisions without a cluster.
package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/audit"
	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/cmd/fargate-webhook/doctor"
	"fargate-webhook/cmd/fargate-webhook/explain"
	"fargate-webhook/cmd/fargate-webhook/profiles"
	"fargate-webhook/cmd/fargate-webhook/registration"
	"fargate-webhook/cmd/fargate-webhook/review"
	"fargate-webhook/cmd/fargate-webhook/serve"
	"fargate-webhook/cmd/fargate-webhook/version"
	"fargate-webhook/cmd/fargate-webhook/why"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run runs the command that args name until it ends or ctx does, and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand(version.Text()) //nolint:contextcheck // ExecuteContext passes the context to the commands
	return cli.Run(ctx, root, withDefaultCommand(args), stdin, stdout, stderr)
}

func newRootCommand(versionText string) *cobra.Command {
	root := &cobra.Command{
		Use:   "fargate-webhook",
		Short: "Admission controller for Amazon EKS clusters with Fargate profiles",
		Long: `fargate-webhook is an admission controller for Amazon EKS clusters with Fargate
profiles. It adds the labels that pods need to match a profile, lets containers use
the whole size that Fargate bills, and denies objects that Fargate can't run.

Without a command it runs "fargate-webhook serve".`,
	}
	cli.Prepare(root, versionText)
	root.AddCommand(
		serve.NewCommand(versionText, version.Number()),
		review.NewCommand(),
		review.NewPostRenderCommand(),
		profiles.NewCommand(),
		audit.NewCommand(),
		doctor.NewCommand(version.Number()),
		explain.NewCommand(),
		registration.NewCommand(),
		version.NewCommand(),
		why.NewCommand(),
	)
	return root
}

// withDefaultCommand inserts "serve" if there are no arguments, or if the first one is a flag that
// the root command does not have.
func withDefaultCommand(args []string) []string {
	rootFlags := []string{"-h", "--help", "-v", "--version"}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") && !slices.Contains(rootFlags, args[0]) {
		return append([]string{"serve"}, args...)
	}
	return args
}
