package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fargate-webhook/profiles"
)

// profilesTimeout is how long the profiles are waited for.
const profilesTimeout = 30 * time.Second

type profilesFlags struct {
	profiles    []string
	clusterName string
	config      string
	match       string
	labels      []string
	output      string
}

func newProfilesCommand() *cobra.Command {
	var flags profilesFlags
	c := &cobra.Command{
		Use:   "profiles (--profiles FILE|DIR | --cluster-name NAME)",
		Short: "Show the Fargate profiles, what is ignored of them, and which one a pod would take",
		Long: `profiles shows the Fargate profiles that --profiles and --cluster-name name, as
"serve" would see them, and what is wrong with them: profiles that are ignored,
selectors that can never match. With --match it tells which profile a pod of
that namespace with the labels of -l would take, and which labels it lacks.

Exit codes:
  0  the profiles could be read; with --match: the pod runs on Fargate, as it is
     or with labels that the webhook adds (it says which)
  1  with --match: the pod doesn't run on Fargate
  2  wrong usage, or profiles that can't be read`,
		Example: `  fargate-webhook profiles --profiles cluster-config.yaml
  fargate-webhook profiles --cluster-name prod --match apps -l run=on-fargate,tier=web`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return runProfiles(c.Context(), &flags, c.OutOrStdout())
		},
	}
	profilesFlag(c.Flags(), &flags.profiles)
	clusterNameFlag(c.Flags(), &flags.clusterName)
	configFlag(c.Flags(), &flags.config)
	c.Flags().StringVar(&flags.match, "match", "", "tell which profile a pod of this namespace would take")
	c.Flags().StringSliceVarP(&flags.labels, "labels", "l", nil, "the pod's labels for --match, as key=value,…")
	c.Flags().StringVarP(&flags.output, "output", "o", "table", "table or json")
	return c
}

func (f *profilesFlags) validate() error {
	switch {
	case len(f.profiles) == 0 && f.clusterName == "":
		return errors.New("where are the Fargate profiles? give --profiles (files), --cluster-name (the EKS API) or both")
	case f.output != "table" && f.output != "json":
		return fmt.Errorf("-o %q: the output is table or json", f.output)
	case f.match == "" && len(f.labels) > 0:
		return errors.New("-l is for --match: name the pod's namespace")
	}
	return nil
}

func runProfiles(ctx context.Context, flags *profilesFlags, stdout io.Writer) error {
	if err := flags.validate(); err != nil {
		return err
	}
	labels, err := parseLabels(flags.labels)
	if err != nil {
		return err
	}
	policy, err := loadPolicy(flags.config)
	if err != nil {
		return err
	}
	list, problems, err := listProfiles(ctx, flags)
	if err != nil {
		return err
	}
	if flags.match == "" {
		return printed(profilesReport(list, problems), flags.output, stdout)
	}
	answer := matchPod(flags.match, labels, profiles.NewIndex(list), &policy)
	if err := printed(answer, flags.output, stdout); err != nil {
		return err
	}
	if !answer.Fargate {
		return &codedError{code: exitFailed}
	}
	return nil
}

// listProfiles asks all sources, and returns what is wrong with their profiles, too.
func listProfiles(ctx context.Context, flags *profilesFlags) ([]profiles.Profile, []profiles.Problem, error) {
	ctx, cancel := context.WithTimeout(ctx, profilesTimeout)
	defer cancel()
	sources, err := profileSources(ctx, flags.clusterName, flags.profiles)
	if err != nil {
		return nil, nil, err
	}
	lists := make([][]profiles.Profile, len(sources))
	for i, source := range sources {
		if lists[i], err = source.List(ctx); err != nil {
			return nil, nil, err
		}
	}
	list, differences := profiles.Merge(lists...)
	return list, append(differences, profiles.Problems(list)...), nil
}

// parseLabels makes labels of "key=value" texts.
func parseLabels(pairs []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("-l %q: want key=value", pair)
		}
		if earlier, taken := labels[key]; taken && earlier != value {
			return nil, fmt.Errorf("-l %q: the label has the value %q already", pair, earlier)
		}
		labels[key] = value
	}
	return labels, nil
}
