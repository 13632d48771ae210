// Package review is the command "fargate-webhook review".
package review

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/review"
)

type flags struct {
	files     []string
	recursive bool
	profiles  []string
	config    string
	namespace string
	output    string
}

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "review -f FILE|DIR|- --profiles FILE|DIR",
		Short: "Check manifests against Fargate profiles and policy, without a cluster",
		Long: `review makes the same decisions about manifests as the webhook makes in a cluster
with these Fargate profiles and this policy file: where the pods run, which size
Fargate provisions, what the webhook changes and what it denies. Manifests are
YAML or JSON files, with several documents or Lists. Problems of the profiles
are printed to standard error.

--profiles reads the files that eksctl, the AWS CLI, Terraform, CloudFormation,
ACK and Cluster API use or print.

Exit codes:
  0  nothing is denied
  1  at least one object is denied
  2  invalid flags, or an input file that can't be read`,
		Example: `  # Review a folder and its subfolders
  fargate-webhook review -f deploy/ -R --profiles cluster-config.yaml

  # Use the policy file that the webhook uses
  fargate-webhook review -f deploy/ --profiles cluster-config.yaml --config policy.yaml

  # Review a Helm chart
  helm template app ./chart | fargate-webhook review -f - --profiles cluster-config.yaml -o json`,
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return run(c.Context(), f, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringArrayVarP(&f.files, "filename", "f", nil, "manifest file, folder, or - for standard input (repeatable)")
	c.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "include the subfolders of a folder in --filename")
	cli.AddProfilesFlag(c.Flags(), &f.profiles)
	cli.AddConfigFlag(c.Flags(), &f.config)
	c.Flags().StringVarP(&f.namespace, "namespace", "n", "default", "namespace of objects without metadata.namespace")
	c.Flags().StringVarP(&f.output, "output", "o", "table", "output format: table or json")
	return c
}

func (f flags) validate() error {
	switch {
	case len(f.files) == 0:
		return errors.New("--filename is required: set it to a file, a folder, or - for standard input")
	case len(f.profiles) == 0:
		return errors.New("--profiles is required: set it to a file or folder with Fargate profiles")
	}
	return cli.CheckOutput(f.output, "table", "json")
}

func run(ctx context.Context, f flags, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := f.validate(); err != nil {
		return err
	}
	policy, err := cli.LoadPolicy(f.config)
	if err != nil {
		return err
	}
	list, err := file.New(f.profiles...).List(ctx)
	if err != nil {
		return err
	}
	for _, problem := range profiles.Problems(list) {
		cli.Complain(stderr, problem)
	}
	reviewer := review.Reviewer{Index: profiles.NewIndex(list), Policy: policy, Namespace: f.namespace}
	report, problems := reviewer.Paths(f.files, f.recursive, stdin)
	for _, problem := range problems {
		cli.Complain(stderr, problem)
	}
	write := report.WriteTable
	if f.output == "json" {
		write = report.WriteJSON
	}
	if err := write(stdout); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	switch {
	case len(problems) > 0:
		return &cli.ExitError{Code: cli.ExitUsage}
	case report.Summary[review.ResultDeny] > 0:
		return cli.Failed(nil)
	}
	return nil
}
