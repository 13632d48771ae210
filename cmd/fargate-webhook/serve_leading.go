package main

import (
	"context"

	"go.uber.org/zap"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"fargate-webhook/fargate"
	"fargate-webhook/leader"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/profiles/lastgood"
	"fargate-webhook/webhook/registration"
)

const leaseName = "fargate-webhook"

// newLeading makes what one of the replicas does for all: it registers the
// webhook, unless others do that, looks after pods that hang Pending, tells when
// the profiles are stale, and keeps the last good list of them.
func newLeading(flags *serveFlags, config *rest.Config, client kubernetes.Interface, known *knowledge, policy *fargate.Policy, logger *zap.Logger) (manager.Runnable, error) {
	pods, err := newPending(flags, config, known, policy, logger)
	if err != nil {
		return nil, err
	}
	register, err := newRegistering(flags, client, known, policy, logger.Named("registration"))
	if err != nil {
		return nil, err
	}
	reporter := &freshness.Reporter{
		Watcher: known.profiles, Client: client, Namespace: flags.namespace, Deployment: flags.deploymentName, Limit: flags.staleAfter,
		Logger: logger.Named("profiles"),
	}
	runs := []func(context.Context){register, pods.Run, reporter.Run}
	if known.lastGood != nil {
		keeper := &lastgood.Keeper{Store: known.lastGood, Watcher: known.profiles, Logger: logger.Named("profiles")}
		runs = append(runs, keeper.Run)
	}
	if !flags.leaderElect {
		return leader.Alone{Runs: runs}, nil
	}
	return &leader.Elected{Runs: runs, Client: client, Namespace: flags.namespace, Name: leaseName}, nil
}

// newRegistering makes what registers the webhook, or what only says when the
// registration should be applied anew.
func newRegistering(flags *serveFlags, client kubernetes.Interface, known *knowledge, policy *fargate.Policy, logger *zap.Logger) (func(context.Context), error) {
	if flags.static {
		return (&registration.Static{Profiles: known.profiles, Logger: logger}).Run, nil
	}
	registrar, err := newRegistrar(flags, client, known, policy, logger)
	if err != nil {
		return nil, err
	}
	return registrar.Run, nil
}
