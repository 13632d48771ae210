package audit

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts the lines that are dropped.
type Metrics struct{ *prometheus.CounterVec }

// newMetrics returns the metric, which is registered nowhere.
func newMetrics() *Metrics {
	m := &Metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fargate_webhook_audit_lines_dropped_total",
		Help: "Lines of the audit log that were dropped, since they could not be written, by reason.",
	}, []string{"reason"})}
	// Reasons are there from the start: an increase from nothing to 1 would be no increase.
	for _, reason := range Reasons() {
		m.Dropped(reason)
	}
	return m
}

// Dropped returns the counter of a reason.
func (m *Metrics) Dropped(reason Reason) prometheus.Counter {
	return m.WithLabelValues(string(reason))
}
