package metrics

import (
	"errors"
	"fmt"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/scan"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/intake"
)

// Metrics count what the webhook answers. A nil one counts nothing.
type Metrics struct {
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge

	observed, scanned, away *prometheus.CounterVec
	findings                *prometheus.CounterVec
	resources               resourceCounters
	profiles                *byProfile
}

// New registers the metrics. Series of pods are by the profiles that list has; those of a profile
// that it no longer has are dropped.
func New(registerer prometheus.Registerer, list Profiles) (*Metrics, error) {
	m := &Metrics{
		requests: requestsMetric.NewCounters(), durations: durationMetric.NewHistograms(), inFlight: inFlightMetric.NewGauge(),
		observed: observedMetric.NewStartedCounters(), scanned: scannedMetric.NewStartedCounters(), away: awayMetric.NewStartedCounters(),
		findings: findingsMetric.NewStartedCounters(), resources: newResourceCounters(), profiles: newByProfile(list),
	}
	var failed error
	for _, collector := range []prometheus.Collector{
		m.requests, m.durations, m.inFlight, m.observed, m.scanned, m.away, m.findings, m.resources.raised, m.resources.held, m.profiles,
	} {
		failed = errors.Join(failed, registerer.Register(collector))
	}
	if failed != nil {
		return nil, fmt.Errorf("register the metrics of requests: %w", failed)
	}
	return m, nil
}

// TurnedAway counts a request that was turned away.
func (m *Metrics) TurnedAway(stage intake.Stage) {
	if m != nil {
		m.away.WithLabelValues(string(stage)).Inc()
	}
}

// ScanRefused counts a body that was refused before it was decoded.
func (m *Metrics) ScanRefused(reason scan.Reason) {
	if m != nil {
		m.scanned.WithLabelValues(string(reason)).Inc()
	}
}

// countFindings counts the findings of a decision. While an object is mutated only warnings count:
// what would refuse it is found again when it is judged.
func (m *Metrics) countFindings(d *fargate.Decision, mutates bool) {
	for i := range d.Findings {
		f := &d.Findings[i]
		action := actionOf(f)
		if mutates && action != actionWarn {
			continue
		}
		rule := string(f.Rule)
		if !slices.Contains(ruleLabels, rule) {
			rule = other
		}
		m.findings.WithLabelValues(rule, action).Inc()
	}
}

// ruleLabels are the values of the label rule.
var ruleLabels = findingsMetric.Labels[0].Values

// actionOf returns the label of a finding.
func actionOf(f *rules.Finding) string {
	switch {
	case f.WouldDeny:
		return actionWouldDeny
	case f.PodsRefused:
		return actionPodsRefused
	case f.Action == policy.Deny:
		return actionDeny
	}
	return actionWarn
}

// observe counts what mode Enforce would do.
func (m *Metrics) observe(d *fargate.Decision) {
	switch {
	case slices.ContainsFunc(d.Findings, func(f rules.Finding) bool { return f.WouldDeny }):
		m.observed.WithLabelValues("refuse").Inc()
	case len(d.WouldPatch()) > 0:
		m.observed.WithLabelValues("change").Inc()
	}
}
