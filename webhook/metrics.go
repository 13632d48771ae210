package webhook

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/fargate"
	"fargate-webhook/webhook/scan"
)

// Metrics counts what mode Observe would do, and the bodies that the scan refuses.
type Metrics struct {
	observed, scanned *prometheus.CounterVec
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		observed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fargate_webhook_observed_requests_total",
			Help: "Requests that mode Observe let through and mode Enforce would refuse or change, by outcome.",
		}, []string{"outcome"}),
		scanned: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fargate_webhook_scan_refusals_total",
			Help: "Requests that were refused before their body was decoded, by what it has too much of.",
		}, []string{"reason"}),
	}
	if err := errors.Join(registerer.Register(m.observed), registerer.Register(m.scanned)); err != nil {
		return nil, fmt.Errorf("register the metrics of requests: %w", err)
	}
	// Reasons are there from the start: an increase from nothing to 1 would be no increase.
	for _, reason := range scan.Reasons() {
		m.scanned.WithLabelValues(string(reason))
	}
	return m, nil
}

// scanRefused counts one body.
func (m *Metrics) scanRefused(reason scan.Reason) {
	if m != nil {
		m.scanned.WithLabelValues(string(reason)).Inc()
	}
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
