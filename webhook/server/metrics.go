package server

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts connections.
type Metrics struct {
	current prometheus.Gauge
	total   prometheus.Counter
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		current: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "fargate_webhook_connections",
			Help: "Open connections to the port of the webhook.",
		}),
		total: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "fargate_webhook_connections_closed_total",
			Help: "Connections without a request that were closed for a new one, since too many were open.",
		}),
	}
	if err := errors.Join(registerer.Register(m.current), registerer.Register(m.total)); err != nil {
		return nil, fmt.Errorf("register the metrics of connections: %w", err)
	}
	return m, nil
}

func (m *Metrics) open(n int) {
	if m != nil {
		m.current.Set(float64(n))
	}
}

func (m *Metrics) closed() {
	if m != nil {
		m.total.Inc()
	}
}
