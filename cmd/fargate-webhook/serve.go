package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	"fargate-webhook/certs"
	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks"
	"fargate-webhook/profiles/file"
	"fargate-webhook/webhook"
	"fargate-webhook/webhook/audit"
)

const (
	// caName is the name of the Secret that holds our CA.
	caName = "fargate-webhook-ca"
	// drainTimeout bounds the time for answering what is in flight. With the
	// shutdown delay before it the exit comes within 15 seconds of SIGTERM.
	drainTimeout = 8 * time.Second
)

func newServeCommand() *cobra.Command {
	var flags serveFlags
	c := &cobra.Command{
		Use:   "serve (--cluster-name NAME | --profiles FILE)",
		Short: "Serve admission requests and register for them (the default command)",
		Long: `serve answers the API server's admission requests: it adds labels and resources
to pods that a Fargate profile of the cluster can take, and refuses what Fargate
can't run. It registers itself, as 0400-fargate-webhook (mutating) and
fargate-webhook (validating), once it has certificates and Fargate profiles.`,
		Example: `  fargate-webhook serve --cluster-name prod
  fargate-webhook serve --profiles cluster-config.yaml --webhook-url https://127.0.0.1:9443 --state-dir ./state`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.validate(); err != nil {
				return err
			}
			if err := serve(c.Context(), &flags, c.OutOrStdout(), c.ErrOrStderr()); err != nil {
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
func serve(ctx context.Context, flags *serveFlags, stdout, stderr io.Writer) error {
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
	mgr, err := assemble(ctx, flags, auditLog, logger)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	context.AfterFunc(ctx, func() {
		logger.Info("told to stop: serving on until nobody is sent here any more", zap.Duration("delay", flags.shutdownDelay))
		time.AfterFunc(flags.shutdownDelay, stop)
	})
	logger.Info("starting", zap.String("version", versionText()), zap.Int("port", flags.port))
	if err := mgr.Start(running); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	logger.Info("stopped")
	return nil
}

// assemble puts the parts together. ctx is that of the signals: what checks
// readiness knows by it when the program was told to stop.
func assemble(ctx context.Context, flags *serveFlags, auditLog *audit.Log, logger *zap.Logger) (manager.Manager, error) {
	config, err := restConfig(flags.kubeconfig)
	if err != nil {
		return nil, err
	}
	source, err := profileSource(ctx, flags)
	if err != nil {
		return nil, err
	}
	watcher := profiles.NewWatcher(source, profiles.WatcherOptions{Interval: flags.refreshInterval, Logger: logger.Named("profiles")})
	certificates, err := certificateSource(flags, config)
	if err != nil {
		return nil, err
	}
	registrar, err := newRegistrar(flags, config, certificates, watcher, logger)
	if err != nil {
		return nil, err
	}
	mgr, err := newManager(ctx, config, flags, certificates)
	if err != nil {
		return nil, err
	}
	judgement := webhook.Judgement{Profiles: watcher, Policy: fargate.DefaultPolicy(), Audit: auditLog, Logger: logger.Named("webhook")}
	for path, handler := range webhook.Handlers(judgement) {
		mgr.GetWebhookServer().Register(path, handler)
	}
	err = errors.Join(mgr.Add(certificates), mgr.Add(watcher), mgr.Add(registrar), addChecks(ctx, mgr, certificates, watcher))
	if err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	return mgr, nil
}

func newLogger(level string, out io.Writer) *zap.Logger {
	parsed, err := zapcore.ParseLevel(level)
	if err != nil {
		parsed = zapcore.InfoLevel
	}
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = zapcore.RFC3339TimeEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoding), zapcore.Lock(zapcore.AddSync(out)), parsed))
}

func restConfig(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		if config, err := rest.InClusterConfig(); err == nil {
			return config, nil
		}
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("find the API server: %w; run in a cluster, or name a file with --kubeconfig", err)
	}
	return config, nil
}

func profileSource(ctx context.Context, flags *serveFlags) (profiles.Source, error) {
	if flags.profiles != "" {
		return file.New(flags.profiles), nil
	}
	return eks.NewFromConfig(ctx, flags.clusterName)
}

func certificateSource(flags *serveFlags, config *rest.Config) (certs.Source, error) {
	hosts, err := flags.hosts()
	if err != nil {
		return nil, err
	}
	switch {
	case flags.certDir != "":
		return certs.NewFilesSource(flags.certDir)
	case flags.stateDir != "":
		return certs.NewFolderSource(flags.stateDir, hosts)
	}
	return certs.NewSecretSource(config, flags.namespace, caName, hosts), nil
}

func newManager(ctx context.Context, config *rest.Config, flags *serveFlags, certificates certs.Source) (manager.Manager, error) {
	drain := drainTimeout
	mgr, err := manager.New(config, manager.Options{
		BaseContext:             func() context.Context { return context.WithoutCancel(ctx) },
		Logger:                  logr.FromContextOrDiscard(ctx),
		Metrics:                 metricsserver.Options{BindAddress: flags.metricsAddr},
		HealthProbeBindAddress:  flags.probeAddr,
		GracefulShutdownTimeout: &drain,
		WebhookServer: ctrlwebhook.NewServer(ctrlwebhook.Options{
			Host: flags.bindAddress,
			Port: flags.port,
			TLSOpts: []func(*tls.Config){func(c *tls.Config) {
				c.GetCertificate = certificates.GetCertificate
				c.MinVersion = tls.VersionTLS12
			}},
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	return mgr, nil
}

// addChecks makes /healthz and /readyz. Ready is what can judge: it has a
// certificate and profiles, listens, and has not been told to stop.
func addChecks(ctx context.Context, mgr manager.Manager, certificates certs.Source, watcher *profiles.Watcher) error {
	return errors.Join(
		mgr.AddHealthzCheck("alive", func(*http.Request) error { return nil }),
		mgr.AddReadyzCheck("serving", mgr.GetWebhookServer().StartedChecker()),
		mgr.AddReadyzCheck("certificate", func(*http.Request) error { return certificates.Ready() }),
		mgr.AddReadyzCheck("profiles", func(*http.Request) error { return watcher.Ready() }),
		mgr.AddReadyzCheck("not-stopping", func(*http.Request) error { return ctx.Err() }),
	)
}
