package pending

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// The values of the label result.
const (
	resultEvicted = "evicted"
	resultLater   = "later"
	resultFailed  = "failed"
)

type metrics struct {
	pods      *prometheus.GaugeVec
	events    *prometheus.CounterVec
	evictions *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		pods: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "fargate_webhook_pending_pods",
			Help: "Number of Pending pods that a Fargate profile would select if they were created now, by finding. Only the leader counts them.",
		}, []string{"finding"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fargate_webhook_pending_pods_reported_total",
			Help: "Number of events about such Pending pods, by finding.",
		}, []string{"finding"}),
		evictions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fargate_webhook_pending_pods_evictions_total",
			Help: "Number of evictions of such Pending pods that were requested, by result: evicted, later (the API server asked to retry) or failed.",
		}, []string{"result"}),
	}
	for _, f := range findings() {
		m.events.WithLabelValues(string(f))
	}
	for _, result := range []string{resultEvicted, resultLater, resultFailed} {
		m.evictions.WithLabelValues(result)
	}
	m.count(nil)
	return m, errors.Join(registerer.Register(m.pods), registerer.Register(m.events), registerer.Register(m.evictions))
}

// count sets the number of pods of each finding.
func (m *metrics) count(pods map[finding]int) {
	for _, f := range findings() {
		m.pods.WithLabelValues(string(f)).Set(float64(pods[f]))
	}
}
