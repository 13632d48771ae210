package serve

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/fargate"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/webhook"
	"fargate-webhook/webhook/audit"
)

// newServer returns a manager with everything that a replica runs. Readiness fails once ctx ends.
func newServer(
	ctx context.Context, f *flags, policy fargate.Policy, auditLog *audit.Log, hangups <-chan os.Signal, logger *zap.Logger,
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
	mgr, err := newManager(ctx, config, f, deps.certificates)
	if err != nil {
		return nil, err
	}
	judgement := webhook.Judgement{Profiles: deps.profiles, Policy: policy, Cluster: deps.lookups, Audit: auditLog, Logger: logger.Named("webhook")}
	for path, handler := range webhook.Handlers(judgement) {
		mgr.GetWebhookServer().Register(path, handler)
	}
	leader, err := newLeader(f, config, client, deps, &policy, logger)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		mgr.Add(deps.certificates), mgr.Add(deps.profiles), mgr.Add(deps.lookups), mgr.Add(leader),
		mgr.Add(reloader{hangups: hangups, refresh: deps.profiles.Refresh, logger: logger}),
		mgr.Add(freshness.Exporter{Registry: metrics.Registry, Collector: freshness.NewCollector(deps.profiles)}),
		addProbes(ctx, mgr, f, deps),
	)
	if err != nil {
		return nil, fmt.Errorf("set up the server: %w", err)
	}
	return mgr, nil
}
