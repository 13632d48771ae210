package registration

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// NewRepairCounter returns the counter for Registrar.RepairCounter and registers it. If the
// registerer has one already, it returns that.
func NewRepairCounter(registerer prometheus.Registerer) (*prometheus.CounterVec, error) {
	repairs := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fargate_webhook_registration_repairs_total",
		Help: "Number of times that a webhook configuration was applied again because somebody had changed or deleted it.",
	}, []string{"configuration"})
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
	for _, name := range []string{MutatingName, ValidatingName} {
		repairs.WithLabelValues(name) // exported as 0 before the first repair
	}
	return repairs, nil
}
