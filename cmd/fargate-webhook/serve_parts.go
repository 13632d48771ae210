package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"time"

	"github.com/go-logr/logr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	"fargate-webhook/certs"
)

// drainTimeout bounds the time for answering what is in flight. With the
// shutdown delay before it the exit comes within 15 seconds of SIGTERM.
const drainTimeout = 8 * time.Second

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

// newClient makes the client of the registration and the look-ups, which ask
// for lists that may be long: protobuf takes less memory than JSON.
func newClient(config *rest.Config) (kubernetes.Interface, error) {
	config = rest.CopyConfig(config)
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("set up the client: %w", err)
	}
	return client, nil
}

func newManager(ctx context.Context, config *rest.Config, flags *serveFlags, certificates certs.Source) (manager.Manager, error) {
	drain := drainTimeout
	mgr, err := manager.New(config, manager.Options{
		BaseContext:             func() context.Context { return context.WithoutCancel(ctx) },
		Logger:                  logr.FromContextOrDiscard(ctx),
		Metrics:                 metricsserver.Options{BindAddress: flags.metricsAddr},
		HealthProbeBindAddress:  "0", // see addProbes
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
