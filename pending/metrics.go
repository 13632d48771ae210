package pending

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/internal/metric"
)

// The values of the label result.
const (
	resultEvicted = "evicted"
	resultLater   = "later"
	resultFailed  = "failed"
)

var (
	findingLabel = metric.Label{
		Name: "finding", Values: findingNames(), Text: "see [Pending pods](pending-pods.md)",
	}
	podsMetric = metric.Definition{
		Name: "fargate_webhook_pending_pods", Type: metric.Gauge, Leader: true,
		Help:   "Number of Pending pods that a Fargate profile would select if they were created now, by finding. Only the leader counts them.",
		Labels: []metric.Label{findingLabel},
	}
	eventsMetric = metric.Definition{
		Name: "fargate_webhook_pending_pods_reported_total", Type: metric.Counter, Leader: true,
		Help:   "Number of events about such Pending pods, by finding.",
		Labels: []metric.Label{findingLabel},
	}
	evictionsMetric = metric.Definition{
		Name: "fargate_webhook_pending_pods_evictions_total", Type: metric.Counter, Leader: true,
		Help:   "Number of evictions of such Pending pods that were requested, by result: evicted, later (the API server asked to retry) or failed.",
		Labels: []metric.Label{{Name: "result", Values: []string{resultEvicted, resultLater, resultFailed}}},
	}
)

// Definitions describe the metrics of pending pods.
func Definitions() []metric.Definition {
	return []metric.Definition{podsMetric, eventsMetric, evictionsMetric}
}

func findingNames() []string {
	var names []string
	for _, f := range findings() {
		names = append(names, string(f))
	}
	return names
}

type metrics struct {
	pods      *prometheus.GaugeVec
	events    *prometheus.CounterVec
	evictions *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{pods: podsMetric.NewGauges(), events: eventsMetric.NewStartedCounters(), evictions: evictionsMetric.NewStartedCounters()}
	m.count(nil)
	return m, errors.Join(registerer.Register(m.pods), registerer.Register(m.events), registerer.Register(m.evictions))
}

// count sets the number of pods of each finding.
func (m *metrics) count(pods map[finding]int) {
	for _, f := range findings() {
		m.pods.WithLabelValues(string(f)).Set(float64(pods[f]))
	}
}
