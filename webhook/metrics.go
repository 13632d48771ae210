package webhook

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/scan"
	"fargate-webhook/webhook/intake"
)

// Metrics counts what mode Observe would do, the bodies that the scan refuses, and the requests
// that are turned away.
type Metrics struct {
	observed, scanned, away *prometheus.CounterVec
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
		away: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fargate_webhook_requests_turned_away_total",
			Help: "Requests that were answered with 503, since too many were in flight, by what they waited for.",
		}, []string{"stage"}),
	}
	if err := errors.Join(registerer.Register(m.observed), registerer.Register(m.scanned), registerer.Register(m.away)); err != nil {
		return nil, fmt.Errorf("register the metrics of requests: %w", err)
	}
	// Reasons are there from the start: an increase from nothing to 1 would be no increase.
	for _, reason := range scan.Reasons() {
		m.scanned.WithLabelValues(string(reason))
	}
	for _, stage := range intake.Stages() {
		m.away.WithLabelValues(string(stage))
	}
	return m, nil
}

// turnedAway counts one request.
func (m *Metrics) turnedAway(stage intake.Stage) {
	if m != nil {
		m.away.WithLabelValues(string(stage)).Inc()
	}
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
