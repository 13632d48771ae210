// Package profiles is the command "fargate-webhook profiles".
package profiles

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/fargate"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
)

// listTimeout bounds the time for reading the profiles from all sources.
const listTimeout = 30 * time.Second

type flags struct {
	profiles    []string
	clusterName string
	config      string
	match       string
	labels      []string
	output      string
}

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "profiles (--profiles FILE|DIR | --cluster-name NAME)",
		Short: "List Fargate profiles and their problems, and match a pod against them",
		Long: `profiles lists the Fargate profiles of --profiles and --cluster-name as "serve"
sees them, and their problems: profiles that are ignored, selectors that never
match. With --match it prints which profile matches a pod with the labels of -l
in that namespace, which labels the pod lacks, and why some are not added. The
answer knows only namespace and labels: review knows the whole pod, and what
else is in the manifests.

Exit codes:
  0  the profiles were read; with --match: the pod runs on Fargate, as it is or
     with the labels that the webhook adds
  1  with --match: the pod does not run on Fargate
  2  invalid flags, or profiles that can't be read`,
		Example: `  # List the profiles of a file
  fargate-webhook profiles --profiles cluster-config.yaml

  # Find the profile for a pod
  fargate-webhook profiles --cluster-name prod --match apps -l run=on-fargate,tier=web`,
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return run(c.Context(), &f, c.OutOrStdout())
		},
	}
	cli.AddProfilesFlag(c.Flags(), &f.profiles)
	cli.AddClusterNameFlag(c.Flags(), &f.clusterName)
	cli.AddConfigFlag(c.Flags(), &f.config)
	c.Flags().StringVar(&f.match, "match", "", "namespace of a pod to match against the profiles")
	c.Flags().StringSliceVarP(&f.labels, "labels", "l", nil, "labels of the pod for --match, as key=value[,key=value...]")
	c.Flags().StringVarP(&f.output, "output", "o", "table", "output format: table or json")
	return c
}

func (f *flags) validate() error {
	switch {
	case len(f.profiles) == 0 && f.clusterName == "":
		return errors.New("set at least one of --cluster-name and --profiles")
	case f.match == "" && len(f.labels) > 0:
		return errors.New("--labels may only be used with --match: set --match to the namespace of the pod")
	}
	return cli.CheckOutput(f.output, "table", "json")
}

func run(ctx context.Context, f *flags, stdout io.Writer) error {
	if err := f.validate(); err != nil {
		return err
	}
	labels, err := parseLabels(f.labels)
	if err != nil {
		return err
	}
	policy, err := cli.LoadPolicy(f.config)
	if err != nil {
		return err
	}
	list, problems, err := read(ctx, f, &policy)
	if err != nil {
		return err
	}
	if f.match == "" {
		return write(newList(list, problems), f.output, stdout)
	}
	match := fargate.MatchPod(f.match, labels, profiles.NewIndex(list), &policy)
	if err := write(newAnswer(f.match, labels, &match), f.output, stdout); err != nil {
		return err
	}
	if !match.Placement.Fargate {
		return cli.Failed(nil)
	}
	return nil
}

// read returns the profiles of all sources, and the problems of the profiles under a policy.
func read(ctx context.Context, f *flags, p *policy.Policy) ([]profiles.Profile, []profiles.Problem, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	sources, err := cli.ProfileSources(ctx, f.clusterName, f.profiles, file.NewOffline)
	if err != nil {
		return nil, nil, err
	}
	return cli.ListProfiles(ctx, sources, p)
}
