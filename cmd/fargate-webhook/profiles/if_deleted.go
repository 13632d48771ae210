package profiles

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/doctor/live"
	"fargate-webhook/profiles"
	"fargate-webhook/removal"
)

// ifDeleted writes what deleting the profile of --if-deleted does.
func ifDeleted(ctx context.Context, f *flags, stdout, stderr io.Writer) error {
	cluster, err := f.live.Open(ctx, f.own)
	if err != nil {
		return err
	}
	if cluster.Assumed != "" {
		cli.Complain(stderr, cluster.Assumed)
	}
	if err := exists(cluster.Profiles, f.ifDeleted); err != nil {
		return err
	}
	workloads, err := live.OnProfile(ctx, cluster.Dynamic, f.ifDeleted, f.own)
	if err != nil {
		return err
	}
	removed := removal.New(f.ifDeleted, workloads, cluster.Profiles, &cluster.Policy)
	text := removed.WriteText
	if f.output == "json" {
		text = removed.WriteJSON
	}
	if err := text(stdout); err != nil {
		return cli.Failed(fmt.Errorf("write the output: %w", err))
	}
	if !removed.Covered() {
		return cli.Failed(nil)
	}
	return nil
}

// exists returns an error if there is no profile of a name: a typo must not look like a profile
// without pods.
func exists(list []profiles.Profile, name string) error {
	names := make([]string, 0, len(list))
	for _, p := range list {
		if p.Name == name {
			return nil
		}
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return fmt.Errorf("--if-deleted %q: there is no such Fargate profile: must be one of %s", name, strings.Join(names, ", "))
}
