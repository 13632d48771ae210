package review

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/migration"
	"fargate-webhook/review"
)

// NewPostRenderCommand returns the command "post-render".
func NewPostRenderCommand() *cobra.Command {
	var files []string
	f := flags{color: colorNever, to: string(migration.Fargate), inputs: inputs{files: []string{review.Stdin}}}
	c := &cobra.Command{
		Use:   "post-render (--profiles FILE|DIR | --cluster-name NAME)",
		Short: "Let manifests pass from standard input to standard output, unless they are denied",
		Long: `post-render is a post-renderer for Helm: it reads manifests from standard input and
writes them to standard output as they are, if a review with the same flags passes.
If not, it writes nothing there, and the review to standard error, so that Helm
installs nothing. Helm 4 doesn't show standard error: --output table=/dev/tty shows
the review on a terminal, --output table=FILE keeps it. Helm 3 doesn't send hooks.

Exit codes:
  0  the manifests were written
  1  at least one object that --fail-on names
  2  invalid flags, or an input that can't be read`,
		Example: `  # Helm 3: a program and its arguments
  helm upgrade --install app ./chart -n apps --post-renderer fargate-webhook \
    --post-renderer-args post-render --post-renderer-args --profiles=cluster-config.yaml --post-renderer-args=-napps

  # Helm 4: the plugin in deploy/helm-plugin
  helm upgrade --install app ./chart -n apps --post-renderer fargate \
    --post-renderer-args --profiles=cluster-config.yaml --post-renderer-args=-napps --post-renderer-args=-otable=/dev/tty`,
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, file := range files {
				if !strings.Contains(file, "=") {
					return fmt.Errorf("--output %q: standard output has the manifests: name a file too, as in --output %s=FILE", file, file)
				}
			}
			f.output = append([]string{"table"}, files...)
			return postRender(c.Context(), &f, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f.inputs.live.Register(c.Flags())
	c.Flags().Lookup("config").Usage = "path to the policy file; without it the default policy applies"
	c.Flags().StringVarP(&f.inputs.namespace, "namespace", "n", "default", "namespace of objects without metadata.namespace: that of the release")
	c.Flags().StringArrayVarP(&files, "output", "o", nil, "FORMAT=FILE: also write the review to a file, in a format of the command review (repeatable)")
	f.addJudging(c.Flags())
	f.prices.add(pflag.NewFlagSet("", pflag.ContinueOnError)) // the report has the default prices
	return c
}

// postRender reviews stdin, and copies it to stdout if the review passes.
func postRender(ctx context.Context, f *flags, stdin io.Reader, stdout, stderr io.Writer) error {
	manifests, err := io.ReadAll(io.LimitReader(stdin, review.MaxFile+1)) // run refuses what is larger
	if err != nil {
		return fmt.Errorf("read manifests: %w", err)
	}
	if len(bytes.TrimSpace(manifests)) > 0 { // a chart may have hooks only
		var report bytes.Buffer
		if err := run(ctx, f, bytes.NewReader(manifests), &report, stderr); err != nil {
			_, _ = report.WriteTo(stderr)
			return err
		}
	}
	if _, err := stdout.Write(manifests); err != nil {
		return fmt.Errorf("write the manifests: %w", err)
	}
	return nil
}
