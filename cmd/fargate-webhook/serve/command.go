// Package serve is the command "fargate-webhook serve".
package serve

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/policy"
)

// NewCommand returns the command. build, which names version and platform, is logged at startup;
// version alone is exported as a metric.
func NewCommand(build, version string) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "serve (--cluster-name NAME | --profiles FILE|DIR | --ack-cluster-name NAME)",
		Short: "Run the admission webhook and keep it registered (the default command)",
		Long: `serve answers admission requests of the API server. It adds the labels that pods
need to match a Fargate profile, sets their requests and limits, and denies objects
that Fargate can't run. The policy file (--config) sets what it may change and
deny; it is read once, at startup.

Once it has a serving certificate and Fargate profiles, serve registers two
webhook configurations: 0400-fargate-webhook (mutating) and fargate-webhook
(validating). It updates them when the profiles change, and reverts what others
change or delete in them. With --static-registration it does neither: apply the
output of "fargate-webhook registration" instead.

--profiles reads the files that eksctl, the AWS CLI, Terraform, CloudFormation,
ACK and Cluster API use or print, and reads them again when they change. Together
with --cluster-name, files add profiles to those of the EKS API.

SIGHUP refreshes the Fargate profiles at once. While they can't be read, the last
good list stays in use. With --cluster-name that list is also kept in a ConfigMap
for replicas that start in the meantime.

Exit codes:
  0  stopped by SIGTERM or SIGINT, after draining
  1  failed to start or to serve
  2  invalid flags, or an invalid policy file`,
		Example: `  # Read the profiles from the EKS API
  fargate-webhook serve --cluster-name prod

  # Run outside the cluster, with profiles from a file
  fargate-webhook serve --profiles cluster-config.yaml --webhook-url https://127.0.0.1:9443 --state-dir ./state`,
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			policy, err := cli.LoadPolicy(f.config)
			if err != nil {
				return err
			}
			// Other commands end at once, as programs do.
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // a second signal ends the process at once
			level := levelOf(f.logLevel)
			logger := newLogger(level, c.ErrOrStderr())
			logger.Info("starting", zap.String("version", build), zap.Int("port", f.port), zap.String("policy", policyName(f.config)))
			if err := run(ctx, &f, policy, version, level, logger, c.OutOrStdout()); err != nil {
				return cli.Failed(err)
			}
			logger.Info("stopped")
			return nil
		},
	}
	f.register(c.Flags())
	return c
}

// policyName names the policy in the log.
func policyName(path string) string {
	if path == "" {
		return "default"
	}
	return path
}

// run serves until ctx ends, then drains: it serves for the shutdown delay, and answers the
// requests in flight.
func run(ctx context.Context, f *flags, policy policy.Policy, version string, level zap.AtomicLevel, logger *zap.Logger, stdout io.Writer) error {
	log := zapr.NewLogger(logger)
	ctrllog.SetLogger(log)
	klog.SetLogger(log.WithName("client"))
	ctx = logr.NewContext(ctx, log)

	auditLog, err := openAuditLog(f, logger.Named("audit"), stdout)
	if err != nil {
		return err
	}
	defer func() {
		if err := auditLog.Close(); err != nil {
			logger.Error("audit log closed with a loss", zap.Error(err))
		}
	}()
	// From here on SIGHUP does not end the process.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	all, err := newReplica(ctx, f, policy, auditLog, hangups, version, logger)
	if err != nil {
		return err
	}
	debug, err := newPort(ctx, "debug", f.debugAddr, debugHandler(level), logger)
	if err != nil {
		return err
	}
	all.ports = append(all.ports, debug...)
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	context.AfterFunc(ctx, func() {
		logger.Info("draining", zap.Duration("delay", f.shutdownDelay))
		time.AfterFunc(f.shutdownDelay, stop)
	})
	if err := all.run(running); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
