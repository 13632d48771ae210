// Command kubectl-fargate has the commands of fargate-webhook that people run, and none that serves:
// as the plugin "kubectl fargate", and on its own. It also renders Helm charts and kustomizations for
// a review. It is a module of its own, so that the webhook's program links neither Helm nor Kustomize.
package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/cmd/fargate-webhook/doctor"
	"fargate-webhook/cmd/fargate-webhook/explain"
	"fargate-webhook/cmd/fargate-webhook/profiles"
	"fargate-webhook/cmd/fargate-webhook/review"
	"fargate-webhook/cmd/fargate-webhook/version"
	"fargate-webhook/cmd/fargate-webhook/why"
	"fargate-webhook/cmd/kubectl-fargate/render"
)

func main() {
	os.Exit(run(context.Background(), os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// run runs the command that the arguments name, and returns the exit code. The first argument is the
// program: kubectl runs kubectl-fargate for "kubectl fargate".
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand() //nolint:contextcheck // ExecuteContext passes the context to the commands
	return cli.Run(ctx, root, completing(args), stdin, stdout, stderr)
}

// completing returns the arguments without the program. As kubectl_complete-fargate, which kubectl
// runs for completion, it completes them.
func completing(args []string) []string {
	if strings.HasPrefix(filepath.Base(args[0]), "kubectl_complete-") {
		return append([]string{cobra.ShellCompRequestCmd}, args[1:]...)
	}
	return args[1:]
}

const name = "kubectl fargate"

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:         "kubectl-fargate",
		Annotations: map[string]string{cobra.CommandDisplayNameAnnotation: name},
		Short:       "Check manifests and clusters against Amazon EKS Fargate profiles",
		Long: `kubectl fargate says before you apply them what becomes of manifests on an EKS
cluster with Fargate profiles, and on a live cluster why a pod isn't on Fargate.
It makes the same decisions as the admission webhook fargate-webhook, which need
not be installed.`,
	}
	cli.Prepare(root, version.Text())
	root.AddCommand(
		review.NewCommandWith(review.Renderers{Kustomize: render.Kustomize, Chart: render.Chart}),
		review.NewPostRenderCommand(),
		profiles.NewCommand(),
		doctor.NewCommand(version.Number()),
		explain.NewCommand(),
		version.NewCommand(),
		why.NewCommand(),
	)
	for _, c := range root.Commands() {
		c.Example = strings.ReplaceAll(c.Example, "fargate-webhook ", name+" ")
	}
	return root
}
