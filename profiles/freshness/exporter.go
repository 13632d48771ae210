package freshness

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Exporter registers the metrics of a collector while it runs.
type Exporter struct {
	Registry  prometheus.Registerer
	Collector prometheus.Collector
}

// Start registers the metrics and unregisters them when ctx ends. It returns an error if the
// registry already has metrics of these names.
func (e Exporter) Start(ctx context.Context) error {
	if err := e.Registry.Register(e.Collector); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	defer e.Registry.Unregister(e.Collector)
	<-ctx.Done()
	return nil
}
