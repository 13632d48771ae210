package webhook

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/fargate"
)

// Metrics counts what mode Observe would do.
type Metrics struct {
	observed *prometheus.CounterVec
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{observed: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fargate_webhook_observed_requests_total",
		Help: "Requests that mode Observe let through and mode Enforce would refuse or change, by outcome.",
	}, []string{"outcome"})}
	if err := registerer.Register(m.observed); err != nil {
		return nil, fmt.Errorf("register the metric of observed requests: %w", err)
	}
	return m, nil
}

// observe counts one decision.
func (m *Metrics) observe(d *fargate.Decision) {
	switch {
	case m == nil:
	case len(wouldDeny(d.Findings)) > 0:
		m.observed.WithLabelValues("refuse").Inc()
	case len(d.WouldPatch()) > 0:
		m.observed.WithLabelValues("change").Inc()
	}
}
