package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/review"
)

// noArguments is cobra.NoArgs in other words: these commands take flags only.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q (see %q)", args[0], c.CommandPath()+" --help")
	}
	return nil
}

type reviewFlags struct {
	files     []string
	recursive bool
	profiles  []string
	config    string
	namespace string
	output    string
}

func newReviewCommand() *cobra.Command {
	var flags reviewFlags
	c := &cobra.Command{
		Use:   "review -f FILE|DIR|- --profiles FILE|DIR",
		Short: "Judge manifests as admission would, without a cluster",
		Long: `review judges manifests (YAML or JSON, several documents, Lists, workloads with a
pod template) exactly as the webhook would judge them in a cluster with the
given Fargate profiles, and the policy file that it serves with: where their
pods run, what Fargate provisions for them, what admission would change and what
it would refuse. What is wrong with the profiles is told on standard error.

--profiles reads what eksctl, the AWS CLI, Terraform, CloudFormation, ACK or the
Cluster API write.

Exit codes:
  0  nothing is denied
  1  something is denied
  2  wrong usage, or input that can't be read (the file and line are named)`,
		Example: `  fargate-webhook review -f deploy/ -R --profiles cluster-config.yaml
  fargate-webhook review -f deploy/ --profiles cluster-config.yaml --config policy.yaml
  helm template app ./chart | fargate-webhook review -f - --profiles cluster-config.yaml -o json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return runReview(c.Context(), flags, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringArrayVarP(&flags.files, "filename", "f", nil, "a file, a folder or - for standard input; may be given several times")
	c.Flags().BoolVarP(&flags.recursive, "recursive", "R", false, "look into the folders of a folder too")
	profilesFlag(c.Flags(), &flags.profiles)
	configFlag(c.Flags(), &flags.config)
	c.Flags().StringVarP(&flags.namespace, "namespace", "n", "default", "the namespace of objects that name none")
	c.Flags().StringVarP(&flags.output, "output", "o", "table", "table or json")
	return c
}

func (f reviewFlags) validate() error {
	switch {
	case len(f.files) == 0:
		return errors.New("no manifests: name a file, a folder or - with -f")
	case len(f.profiles) == 0:
		return errors.New("no Fargate profiles: name a file that holds them with --profiles")
	case f.output != "table" && f.output != "json":
		return fmt.Errorf("-o %q: the output is table or json", f.output)
	}
	return nil
}

func runReview(ctx context.Context, flags reviewFlags, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := flags.validate(); err != nil {
		return err
	}
	policy, err := loadPolicy(flags.config)
	if err != nil {
		return err
	}
	list, err := file.New(flags.profiles...).List(ctx)
	if err != nil {
		return err
	}
	for _, problem := range profiles.Problems(list) {
		fmt.Fprintln(stderr, "fargate-webhook:", problem) //nolint:errcheck // nowhere left to say it
	}
	reviewer := review.Reviewer{Index: profiles.NewIndex(list), Policy: policy, Namespace: flags.namespace}
	report, problems := reviewer.Paths(flags.files, flags.recursive, stdin)
	for _, problem := range problems {
		fmt.Fprintln(stderr, "fargate-webhook:", problem) //nolint:errcheck // nowhere left to say it
	}
	write := report.WriteTable
	if flags.output == "json" {
		write = report.WriteJSON
	}
	if err := write(stdout); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	switch {
	case len(problems) > 0:
		return &codedError{code: exitUsage}
	case report.Summary[review.ResultDeny] > 0:
		return &codedError{code: exitFailed}
	}
	return nil
}
