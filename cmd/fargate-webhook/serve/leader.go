package serve

import (
	"context"
	"fmt"

	"go.uber.org/zap"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/internal/kube"
	"fargate-webhook/leader"
	"fargate-webhook/pending"
	"fargate-webhook/policy"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/profiles/lastgood"
	"fargate-webhook/webhook/registration"
)

const leaseName = "fargate-webhook"

// newLeader returns what runs on one replica only: registration, the handling of pending pods,
// events about stale profiles, keeping the last good list of profiles, and more.
func newLeader(
	f *flags, config *rest.Config, client kube.Interface, deps *dependencies, reach *registration.Reach, more []func(context.Context),
	p *policy.Policy, logger *zap.Logger,
) (runnable, error) {
	pods, err := newPending(f, config, deps, p, logger.Named("pending"))
	if err != nil {
		return nil, err
	}
	register, err := newRegistration(f, client, deps, reach, p, logger.Named("registration"))
	if err != nil {
		return nil, err
	}
	reporter := &freshness.Reporter{
		Watcher: deps.profiles, Client: client, Namespace: f.target.Namespace, Deployment: f.deploymentName, Limit: f.staleAfter,
		Logger: logger.Named("profiles"),
	}
	runs := append([]func(context.Context){register, pods.Run, reporter.Run}, more...)
	if deps.lastGood != nil {
		keeper := &lastgood.Keeper{Store: deps.lastGood, Watcher: deps.profiles, Logger: logger.Named("profiles")}
		runs = append(runs, keeper.Run)
	}
	if !f.leaderElect {
		return leader.Alone{Runs: runs, Logger: logger}, nil
	}
	return &leader.Elected{
		Runs: runs, Client: client, Namespace: f.target.Namespace, Name: leaseName, Owners: deps.owners, Logger: logger,
	}, nil
}

// newPending returns the controller of pods that are stuck Pending. It has a client of its own: the
// rate limit that thousands of such pods exhaust must not delay the registration.
func newPending(f *flags, config *rest.Config, deps *dependencies, p *policy.Policy, logger *zap.Logger) (*pending.Worker, error) {
	client, err := kube.NewClient(config)
	if err != nil {
		return nil, err
	}
	worker, err := pending.New(pending.Options{
		Client:     client,
		Profiles:   deps.profiles,
		Lookups:    deps.lookups,
		Policy:     p,
		Namespace:  f.target.Namespace,
		Registerer: metrics.Registry,
		Logger:     logger,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the metrics of pending pods: %w", err)
	}
	return worker, nil
}
