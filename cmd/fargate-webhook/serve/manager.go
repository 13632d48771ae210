package serve

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/go-logr/logr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"fargate-webhook/webhook/intake"
	"fargate-webhook/webhook/server"
)

// drainTimeout bounds the time for answering the requests in flight. With the default shutdown
// delay before it, the process ends within 15 seconds of SIGTERM.
const drainTimeout = 8 * time.Second

// newLogger returns a logger that writes JSON lines. An unknown level is info.
func newLogger(level string, out io.Writer) *zap.Logger {
	parsed, err := zapcore.ParseLevel(level)
	if err != nil {
		parsed = zapcore.InfoLevel
	}
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = zapcore.RFC3339TimeEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoding), zapcore.Lock(zapcore.AddSync(out)), parsed), cutFields())
}

// newManager returns a manager that serves the webhook, but no metrics and probes: see addMetrics
// and addProbes.
func newManager(ctx context.Context, config *rest.Config, f *flags, deps *dependencies, limits intake.Limits, logger *zap.Logger) (manager.Manager, error) {
	connections, err := server.NewMetrics(metrics.Registry)
	if err != nil {
		return nil, err
	}
	drain := drainTimeout
	mgr, err := manager.New(config, manager.Options{
		BaseContext:             func() context.Context { return context.WithoutCancel(ctx) },
		Logger:                  logr.FromContextOrDiscard(ctx),
		Metrics:                 metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress:  "0",
		GracefulShutdownTimeout: &drain,
		WebhookServer: server.New(server.Options{
			Host: f.bindAddress, Port: f.port, GetCertificate: deps.certificates.GetCertificate, TLS: deps.gate.requireCertificate,
			Draining: ctx.Done(), Connections: limits.Connections, DrainTimeout: drain - time.Second, Logger: logger, Metrics: connections,
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("set up the manager: %w", err)
	}
	return mgr, nil
}
