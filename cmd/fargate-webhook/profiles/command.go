// Package profiles is the command "fargate-webhook profiles".
package profiles

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
)

type flags struct {
	live      cli.LiveFlags
	match     string
	labels    []string
	ifDeleted string
	own       string
	output    string
}

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "profiles (--profiles FILE|DIR | --cluster-name NAME)",
		Short: "List Fargate profiles and their problems, match a pod, or see what deleting one does",
		Long: `profiles lists the Fargate profiles of --profiles and --cluster-name as "serve"
sees them, and their problems: profiles that are ignored, selectors that never
match, aren't needed or are too wide, profiles that only their names decide
between, and labels that the webhook never adds; and where they are near the
default quotas of EKS.

With --match it prints which profile matches a pod with the labels of -l in that
namespace, which labels the pod lacks, and why some are not added. The answer
knows only namespace and labels: review knows the whole pod, and what else is in
the manifests.

With --if-deleted it reads a live cluster, and prints which pods go down if that
profile is deleted, and which profile runs those that replace them. It deletes
nothing. It lists the pods of the profile, and gets their namespaces and the
ReplicaSets, StatefulSets and Jobs that create them, 500 at most. Profiles and
policy are those of the webhook there, unless flags name others.

Exit codes:
  0  the profiles were read; with --match: the pod runs on Fargate, as it is or
     with the labels that the webhook adds; with --if-deleted: other profiles
     take all pods
  1  with --match: the pod does not run on Fargate; with --if-deleted: some pods
     are not replaced on Fargate, or that isn't known
  2  invalid flags, or profiles or pods that can't be read`,
		Example: `  # List the profiles of a file
  fargate-webhook profiles --profiles cluster-config.yaml

  # Find the profile for a pod
  fargate-webhook profiles --cluster-name prod --match apps -l run=on-fargate,tier=web

  # See what goes down if a profile is deleted
  fargate-webhook profiles --cluster-name prod --if-deleted apps`,
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return run(c.Context(), &f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f.live.Register(c.Flags())
	c.Flags().Lookup("config").Usage = "path to the policy file; without it the default policy, or with --if-deleted that of the webhook's Deployment"
	c.Flags().StringVar(&f.match, "match", "", "namespace of a pod to match against the profiles")
	c.Flags().StringSliceVarP(&f.labels, "labels", "l", nil, "labels of the pod for --match, as key=value[,key=value...]")
	c.Flags().StringVar(&f.ifDeleted, "if-deleted", "", "name of a profile: print which pods of the cluster go down if it is deleted")
	c.Flags().StringVar(&f.own, "webhook-namespace", "fargate-webhook", "with --if-deleted, namespace that the webhook runs in, which is exempt")
	c.Flags().StringVarP(&f.output, "output", "o", "table", "output format: table or json")
	return c
}

func (f *flags) validate() error {
	switch {
	case f.match == "" && len(f.labels) > 0:
		return errors.New("--labels may only be used with --match: set --match to the namespace of the pod")
	case f.match != "" && f.ifDeleted != "":
		return errors.New("--if-deleted may not be used with --match")
	}
	return cli.CheckOutput(f.output, "table", "json")
}

func run(ctx context.Context, f *flags, stdout, stderr io.Writer) error {
	if err := f.validate(); err != nil {
		return err
	}
	if f.ifDeleted != "" {
		return ifDeleted(ctx, f, stdout, stderr)
	}
	labels, err := parseLabels(f.labels)
	if err != nil {
		return err
	}
	given, err := f.live.Given(ctx)
	if err != nil {
		return err
	}
	if f.match == "" {
		return write(newList(given.Profiles, given.Problems), f.output, stdout)
	}
	match := fargate.MatchPod(f.match, labels, profiles.NewIndex(given.Profiles), &given.Policy)
	if err := write(newAnswer(f.match, labels, &match), f.output, stdout); err != nil {
		return err
	}
	if !match.Placement.Fargate {
		return cli.Failed(nil)
	}
	return nil
}
