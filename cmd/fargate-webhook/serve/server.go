package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/policy"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/webhook"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/registration"
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
	mgr, err := newManager(ctx, config, f, deps)
	if err != nil {
		return nil, err
	}
	observed, err := webhook.NewMetrics(metrics.Registry)
	if err != nil {
		return nil, err
	}
	handlers := webhook.Handlers(webhook.Dependencies{
		Profiles: deps.profiles, Policy: p, Cluster: deps.lookups, LookupsReady: deps.lookups.Ready, Audit: auditLog, Metrics: observed, Logger: logger.Named("webhook"),
	})
	handlers[registration.ProbePath] = registration.ProbeHandler()
	paths := http.NewServeMux()
	for path, handler := range handlers {
		paths.Handle(path, handler)
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
		addProbes(ctx, mgr, f, deps, reach),
	)
	for _, run := range deps.gate.runs {
		err = errors.Join(err, mgr.Add(run))
	}
	if err != nil {
		return nil, fmt.Errorf("set up the server: %w", err)
	}
	return mgr, nil
}
