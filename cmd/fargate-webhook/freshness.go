package main

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/profiles/freshness"
)

// metered has the metrics of the profiles in a registry while the program
// serves.
type metered struct {
	registry  prometheus.Registerer
	collector *freshness.Collector
}

// NeedLeaderElection is false: each replica has its own metrics.
func (m metered) NeedLeaderElection() bool { return false }

// Start registers the metrics, and unregisters them when ctx ends.
func (m metered) Start(ctx context.Context) error {
	if err := m.registry.Register(m.collector); err != nil {
		return fmt.Errorf("register the metrics of the profiles: %w", err)
	}
	defer m.registry.Unregister(m.collector)
	<-ctx.Done()
	return nil
}
