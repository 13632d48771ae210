package audit

import (
	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/internal/metric"
)

var droppedMetric = metric.Definition{
	Name: metric.Prefix + "audit_lines_dropped_total", Type: metric.Counter,
	Help:    "Lines of the audit log that were dropped, since they could not be written, by reason.",
	Labels:  []metric.Label{{Name: "reason", Values: reasonTexts(), Text: "see [the audit log](audit.md#when-lines-cant-be-written)"}},
	Query:   "sum by (reason) (increase(fargate_webhook_audit_lines_dropped_total[1h])) > 0",
	Answers: "Does the audit log lack lines of the last hour?",
}

// Definitions describe the metrics of the log.
func Definitions() []metric.Definition { return []metric.Definition{droppedMetric} }

func reasonTexts() []string {
	var texts []string
	for _, reason := range Reasons() {
		texts = append(texts, string(reason))
	}
	return texts
}

// Metrics counts the lines that are dropped.
type Metrics struct{ *prometheus.CounterVec }

// newMetrics returns the metric, which is registered nowhere. Its reasons are there from the start: an
// increase from nothing to 1 would be no increase.
func newMetrics() *Metrics { return &Metrics{droppedMetric.NewStartedCounters()} }

// Dropped returns the counter of a reason.
func (m *Metrics) Dropped(reason Reason) prometheus.Counter {
	return m.WithLabelValues(string(reason))
}
