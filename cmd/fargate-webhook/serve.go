package main

import (
	"context"
	"errors"
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
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/webhook"
	"fargate-webhook/webhook/audit"
)

func newServeCommand() *cobra.Command {
	var flags serveFlags
	c := &cobra.Command{
		Use:   "serve (--cluster-name NAME | --profiles FILE|DIR | --ack-cluster-name NAME)",
		Short: "Serve admission requests and register for them (the default command)",
		Long: `serve answers the API server's admission requests: it adds labels and resources
to pods that a Fargate profile of the cluster can take, and refuses what Fargate
can't run. What it may change and refuse is said by the policy file of --config,
which is read once, at the start. It registers itself, as 0400-fargate-webhook
(mutating) and fargate-webhook (validating), once it has certificates and Fargate
profiles, follows the profiles with the namespaces that it is sent, and puts back
what somebody else changes or deletes of this. With --static-registration it
leaves all that to whoever applies what "fargate-webhook registration" prints.

--profiles reads what eksctl, the AWS CLI, Terraform, CloudFormation, ACK or the
Cluster API write, and again whenever a file changes. With --cluster-name too,
the files add profiles to those of the EKS API.

SIGHUP has the Fargate profiles read again at once. While they can't be read the
last good ones stay in use; with --cluster-name these are also kept in a
ConfigMap, for a start at such a time.

Exit codes:
  0  told to stop, and stopped
  1  it can't serve
  2  wrong usage, or a policy file with errors (file, line and field are named)`,
		Example: `  fargate-webhook serve --cluster-name prod
  fargate-webhook serve --profiles cluster-config.yaml --webhook-url https://127.0.0.1:9443 --state-dir ./state`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.validate(); err != nil {
				return err
			}
			policy, err := loadPolicy(flags.config)
			if err != nil {
				return err
			}
			if err := serve(c.Context(), &flags, policy, c.OutOrStdout(), c.ErrOrStderr()); err != nil {
				return &codedError{code: exitFailed, err: err}
			}
			return nil
		},
	}
	flags.register(c.Flags())
	return c
}

// serve runs the webhook until ctx ends, and then until what was in flight is
// answered.
func serve(ctx context.Context, flags *serveFlags, policy fargate.Policy, stdout, stderr io.Writer) error {
	logger := newLogger(flags.logLevel, stderr)
	log := zapr.NewLogger(logger)
	ctrl.SetLogger(log)
	klog.SetLogger(log.WithName("client"))
	ctx = logr.NewContext(ctx, log)

	auditLog, err := audit.Open(audit.Options{
		Path: flags.auditPath, MaxSize: flags.auditMaxSize, MaxBackup: flags.auditMaxBackup, MaxAge: flags.auditMaxAge, Stdout: stdout,
	})
	if err != nil {
		return err
	}
	defer auditLog.Close() //nolint:errcheck // every line is written as it comes
	// From here on the signal doesn't end the program.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	mgr, err := assemble(ctx, flags, policy, auditLog, hangups, logger)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	context.AfterFunc(ctx, func() {
		logger.Info("told to stop: serving on until nobody is sent here any more", zap.Duration("delay", flags.shutdownDelay))
		time.AfterFunc(flags.shutdownDelay, stop)
	})
	logger.Info("starting", zap.String("version", versionText()), zap.Int("port", flags.port), zap.String("policy", policyName(flags.config)))
	if err := mgr.Start(running); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	logger.Info("stopped")
	return nil
}

// assemble puts the parts together. ctx is that of the signals: what checks
// readiness knows by it when the program was told to stop.
func assemble(
	ctx context.Context, flags *serveFlags, policy fargate.Policy, auditLog *audit.Log, hangups <-chan os.Signal, logger *zap.Logger,
) (manager.Manager, error) {
	config, err := restConfig(flags.kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := newClient(config)
	if err != nil {
		return nil, err
	}
	known, err := newKnowledge(ctx, flags, config, client, logger)
	if err != nil {
		return nil, err
	}
	mgr, err := newManager(ctx, config, flags, known.certificates)
	if err != nil {
		return nil, err
	}
	judgement := webhook.Judgement{Profiles: known.profiles, Policy: policy, Cluster: known.lookups, Audit: auditLog, Logger: logger.Named("webhook")}
	for path, handler := range webhook.Handlers(judgement) {
		mgr.GetWebhookServer().Register(path, handler)
	}
	leading, err := newLeading(flags, config, client, known, &policy, logger)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		mgr.Add(known.certificates), mgr.Add(known.profiles), mgr.Add(known.lookups), mgr.Add(leading),
		mgr.Add(hangup{signals: hangups, refresh: known.profiles.Refresh, logger: logger}),
		mgr.Add(metered{registry: metrics.Registry, collector: freshness.NewCollector(known.profiles)}),
		addProbes(ctx, mgr, flags, known),
	)
	if err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	return mgr, nil
}
