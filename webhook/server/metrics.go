package server

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/internal/metric"
)

var (
	openConnections = metric.Definition{
		Name: "fargate_webhook_connections", Type: metric.Gauge,
		Help: "Open connections to the port of the webhook.",
	}
	closedConnections = metric.Definition{
		Name: "fargate_webhook_connections_closed_total", Type: metric.Counter,
		Help: "Connections without a request that were closed for a new one, since too many were open.",
	}
)

// Definitions describe the metrics of connections.
func Definitions() []metric.Definition {
	return []metric.Definition{openConnections, closedConnections}
}

// Metrics counts connections.
type Metrics struct {
	current prometheus.Gauge
	total   prometheus.Counter
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{current: openConnections.NewGauge(), total: closedConnections.NewCounter()}
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
