// Package why is the command "fargate-webhook why".
package why

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/doctor/live"
	"fargate-webhook/policy"
	"fargate-webhook/why"
)

type flags struct {
	live      cli.LiveFlags
	namespace string
	own       string
	output    string
}

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "why POD|KIND/NAME -n NAMESPACE",
		Short: "Say why a pod isn't on Fargate, or why it hangs",
		Long: `why says in words why a pod of a live cluster isn't on Fargate or hangs: its labels
and annotations that matter, each Fargate profile and what the pod lacks for it, what
the webhook's rules find in it and in the claims, Services and other objects that it
depends on, EKS's events about it and what they mean, and what to do. Of a
Deployment, StatefulSet, ReplicaSet, DaemonSet or Job it takes the newest pod that
isn't ready. If there is none, or none of the newest revision, it says why, as far as
events and rules do.

It changes nothing. Without flags, profiles and policy are those that the webhook's
Deployment names; reading the profiles from EKS needs AWS credentials.

Exit codes:
  0  the pod runs on Fargate, or EKS is making its node
  1  it is not on Fargate, it hangs, or the workload has no pod
  2  invalid flags, no such pod, or profiles or a policy that can't be read`,
		Example: `  # A pod that stays Pending
  fargate-webhook why web-6d4b75cb6d-hx2vp -n apps

  # The newest pod of a Deployment that isn't ready, as JSON
  fargate-webhook why deployment/web -n apps -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return run(c.Context(), &f, args[0], c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f.live.Register(c.Flags())
	c.Flags().StringVarP(&f.namespace, "namespace", "n", "default", "namespace of the pod")
	c.Flags().StringVar(&f.own, "webhook-namespace", "fargate-webhook", "namespace that the webhook runs in, which is exempt")
	c.Flags().StringVarP(&f.output, "output", "o", "text", "output format: text or json")
	return c
}

func run(ctx context.Context, f *flags, name string, stdout, stderr io.Writer) error {
	if err := cli.CheckOutput(f.output, "text", "json"); err != nil {
		return err
	}
	cluster, err := f.live.Open(ctx, f.own)
	if err != nil {
		return err
	}
	if cluster.Assumed != "" {
		cli.Complain(stderr, cluster.Assumed)
	}
	found, err := live.Pod(ctx, cluster.Dynamic, f.namespace, name)
	if err != nil {
		return err
	}
	subject := f.subject(ctx, cluster, found, stderr)
	lookups := live.NewLookups(ctx, cluster.Dynamic)
	subject.Cluster = lookups
	answer := why.New(subject)
	for _, gap := range lookups.Gaps() {
		cli.Complain(stderr, "the webhook knows more than this answer: "+gap)
	}
	write := answer.WriteText
	if f.output == "json" {
		write = answer.WriteJSON
	}
	if err := write(stdout); err != nil {
		return cli.Failed(fmt.Errorf("write the answer: %w", err))
	}
	if !answer.Expected() {
		return cli.Failed(nil)
	}
	return nil
}

// subject returns what is known about a pod, and complains of what can't be read.
func (f *flags) subject(ctx context.Context, cluster *cli.Live, found *live.Found, stderr io.Writer) *why.Subject {
	s := &why.Subject{
		Now: time.Now(), Pod: found.Pod, Workload: found.Workload, Idle: found.Idle, Earlier: found.Earlier,
		Exempt: f.namespace == f.own, Profiles: cluster.Profiles, Policy: &cluster.Policy,
	}
	if namespace := live.Namespace(ctx, cluster.Dynamic, f.namespace); namespace.Denied+namespace.Failed != "" {
		cli.Complain(stderr, "whether the label of the namespace exempts it is not known: "+namespace.Failed+namespace.Denied)
	} else if namespace.Value != nil && namespace.Value.Labels[policy.ExemptLabel] == "true" {
		s.Exempt = true
	}
	events := live.EventsOf(ctx, cluster.Dynamic, found)
	if events.Denied+events.Failed != "" {
		cli.Complain(stderr, "events are not shown: "+events.Failed+events.Denied)
	}
	s.Events = events.Value
	return s
}
