package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/certs/expiry"
	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/policy"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/webhook"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/intake"
	"fargate-webhook/webhook/registration"
	"fargate-webhook/webhook/server"
)

// newServer returns a manager with everything that a replica runs. Readiness fails once ctx ends.
func newServer(
	ctx context.Context, f *flags, p policy.Policy, auditLog *audit.Log, hangups <-chan os.Signal, logger *zap.Logger,
) (manager.Manager, error) {
	config, err := cli.RESTConfig(f.kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := cli.NewClient(config)
	if err != nil {
		return nil, err
	}
	deps, err := newDependencies(ctx, f, config, client, logger)
	if err != nil {
		return nil, err
	}
	memory := intake.MemoryLimit(os.DirFS("/"))
	limits := intake.For(memory, runtime.GOMAXPROCS(0))
	logger.Info("limits set", zap.Int64("memory", memory), zap.Any("limits", limits))
	mgr, err := newManager(ctx, config, f, deps, limits, logger.Named("webhook"))
	if err != nil {
		return nil, err
	}
	observed, err := webhook.NewMetrics(metrics.Registry)
	if err != nil {
		return nil, err
	}
	handlers := webhook.Handlers(webhook.Dependencies{
		Profiles: deps.profiles, Policy: p, Cluster: deps.lookups, LookupsReady: deps.lookups.Ready, Audit: auditLog, Metrics: observed,
		Gate: intake.NewGate(limits), Logger: sampled(logger.Named("webhook")),
	})
	handlers[registration.ProbePath] = registration.ProbeHandler()
	paths := http.NewServeMux()
	for path, handler := range handlers {
		paths.Handle(path, server.Answering(handler))
	}
	mgr.GetWebhookServer().Register("/", deps.gate.guard.Wrap(paths))
	reach := newReach(f, client, logger.Named("registration"))
	single, err := newLeader(f, config, client, deps, reach, &p, logger)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		mgr.Add(deps.certificates), mgr.Add(deps.profiles), mgr.Add(deps.lookups), mgr.Add(single),
		mgr.Add(reloader{hangups: hangups, refresh: deps.profiles.Refresh, logger: logger}),
		mgr.Add(freshness.Exporter{Registry: metrics.Registry, Collector: freshness.NewCollector(deps.profiles)}),
		mgr.Add(freshness.Exporter{Registry: metrics.Registry, Collector: reach}),
		mgr.Add(freshness.Exporter{Registry: metrics.Registry, Collector: expiry.Collector{Source: deps.certificates}}),
		mgr.Add(newExpiryReporter(f, client, deps, logger)),
		addMetrics(ctx, mgr, f.metricsAddr, metrics.Registry, logger),
		addProbes(ctx, mgr, f, deps, reach, logger),
	)
	for _, run := range deps.gate.runs {
		err = errors.Join(err, mgr.Add(run))
	}
	if err != nil {
		return nil, fmt.Errorf("set up the server: %w", err)
	}
	return mgr, nil
}

// sampled returns a logger that writes each message at most 20 times a second: anyone can send
// requests that are refused, and metrics count them all.
func sampled(logger *zap.Logger) *zap.Logger {
	const most = 20
	return logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Second, most, 0)
	}))
}
