package main

import (
	"fmt"

	"go.uber.org/zap"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/fargate"
	"fargate-webhook/pending"
)

// newPending makes what looks after pods that hang Pending. Its client is its
// own, so that thousands of them don't hold up the registration.
func newPending(flags *serveFlags, config *rest.Config, known *knowledge, policy *fargate.Policy, logger *zap.Logger) (*pending.Worker, error) {
	client, err := newClient(config)
	if err != nil {
		return nil, err
	}
	worker, err := pending.New(pending.Options{
		Client:     client,
		Profiles:   known.profiles,
		Lookups:    known.lookups,
		Policy:     policy,
		Namespace:  flags.namespace,
		Registerer: metrics.Registry,
		Logger:     logger.Named("pending"),
	})
	if err != nil {
		return nil, fmt.Errorf("set up the metrics of pods that hang Pending: %w", err)
	}
	return worker, nil
}
