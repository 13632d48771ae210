// Package doctor is the command "fargate-webhook doctor".
package doctor

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/doctor"
	"fargate-webhook/doctor/live"
	"fargate-webhook/fargate/lint"
)

type flags struct {
	live               cli.LiveFlags
	namespace, service string
	output             string
}

// NewCommand returns the command. version is that of the program, such as v1.2.3.
func NewCommand(version string) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "doctor [--cluster-name NAME | --profiles FILE|DIR | --ack-cluster-name NAME]",
		Short: "Check on a live cluster that EKS and the webhook work together",
		Long: `doctor checks a live cluster: that EKS's own webhook is called after this one, that
a pod without labels comes back labelled and claimed by EKS, profiles, registration,
CA, reachability, leader and rights of the webhook, CoreDNS, the AWS Load Balancer
Controller, DaemonSets, and logging. It says what is wrong, and what to do.

It changes nothing: it reads, and asks for dry runs of one pod and of one ConfigMap.
It reads no Secret. What you have no right to read is skipped, and named.

Without flags, profiles and policy are those that the webhook's Deployment names;
reading the profiles from EKS needs AWS credentials, as for "profiles".

Exit codes:
  0  no check failed; there may be warnings
  1  at least one check failed, or could not be made since a request failed
  2  invalid flags, or profiles or a policy that can't be read`,
		Example: `  # Check the cluster of the current kubeconfig
  fargate-webhook doctor

  # With the profiles of a file, as JSON
  fargate-webhook doctor --profiles cluster-config.yaml -o json`,
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return run(c.Context(), &f, version, c.OutOrStdout())
		},
	}
	f.live.Register(c.Flags())
	c.Flags().StringVar(&f.namespace, "namespace", "fargate-webhook", "namespace that the webhook runs in")
	c.Flags().StringVar(&f.service, "service-name", "fargate-webhook", "Service in front of the webhook")
	c.Flags().StringVarP(&f.output, "output", "o", "table", "output format: table or json")
	return c
}

func run(ctx context.Context, f *flags, version string, stdout io.Writer) error {
	if err := cli.CheckOutput(f.output, "table", "json"); err != nil {
		return err
	}
	cluster, err := f.live.Open(ctx, f.namespace)
	if err != nil {
		return err
	}
	reader := live.Reader{
		Client: cluster.Client, Dynamic: cluster.Dynamic, Warnings: cluster.Warnings, Version: version,
		Namespace: f.namespace, Service: f.service, Policy: &cluster.Policy, Profiles: cluster.Profiles, Problems: lint.WithoutNotes(cluster.Problems),
	}
	now := time.Now()
	report := doctor.NewReport(doctor.Run(reader.Read(ctx, now, live.Name(now))))
	write := report.WriteTable
	if f.output == "json" {
		write = report.WriteJSON
	}
	if err := write(stdout); err != nil {
		return cli.Failed(fmt.Errorf("write the report: %w", err))
	}
	if report.Summary[doctor.Fail] > 0 {
		return cli.Failed(nil)
	}
	return nil
}
