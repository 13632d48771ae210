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
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	"fargate-webhook/certs"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks"
	"fargate-webhook/profiles/file"
)

const (
	// caName is the name of the Secret that holds our CA.
	caName = "fargate-webhook-ca"
	// drainTimeout bounds the time for answering what is in flight. With the
	// shutdown delay before it the exit comes within 15 seconds of SIGTERM.
	drainTimeout = 8 * time.Second
)

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
