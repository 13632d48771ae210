package registration

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/internal/metric"
)

var repairsMetric = metric.Definition{
	Name: "fargate_webhook_registration_repairs_total", Type: metric.Counter, Leader: true,
	Help:    "Number of times that a webhook configuration was applied again because somebody had changed or deleted it.",
	Labels:  []metric.Label{{Name: "configuration", Values: []string{MutatingName, ValidatingName}}},
	Query:   "sum by (configuration) (increase(fargate_webhook_registration_repairs_total[1h]))",
	Answers: "Does something else keep changing the webhook configurations?",
}

// Definitions describe the metrics of the registration.
func Definitions() []metric.Definition {
	return []metric.Definition{appliedMetric, reachedMetric, repairsMetric}
}

// NewRepairCounter returns the counter for Registrar.RepairCounter and registers it. If the
// registerer has one already, it returns that.
func NewRepairCounter(registerer prometheus.Registerer) (*prometheus.CounterVec, error) {
	repairs := repairsMetric.NewStartedCounters()
	if err := registerer.Register(repairs); err != nil {
		already := prometheus.AlreadyRegisteredError{}
		known, ok := (*prometheus.CounterVec)(nil), false
		if errors.As(err, &already) {
			known, ok = already.ExistingCollector.(*prometheus.CounterVec)
		}
		if !ok {
			return nil, fmt.Errorf("register the metric of repairs: %w", err)
		}
		repairs = known
	}
	return repairs, nil
}
