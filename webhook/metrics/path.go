package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/kinds"
)

// Path counts the requests to one path. A nil one counts nothing.
type Path struct {
	metrics           *Metrics
	webhook, resource string
	mutates, pods     bool
	duration          prometheus.Observer
	// counters are those of each operation and outcome, resolved when they count for the first time.
	counters [len(operations)][len(outcomes)]atomic.Pointer[prometheus.Counter]
}

// Path returns what counts the requests to a path of a kind. Series of the usual outcomes are there
// from the start: an increase from nothing to 1 would be no increase to Prometheus.
func (m *Metrics) Path(k *kinds.Kind, mutates bool) *Path {
	if m == nil {
		return nil
	}
	p := &Path{metrics: m, webhook: validating, resource: k.Resource, mutates: mutates, pods: k == kinds.Pods}
	usual := []Outcome{Allowed, Denied, Observed}
	if mutates {
		p.webhook, usual = mutating, []Outcome{Allowed, Patched}
	}
	p.duration = m.durations.WithLabelValues(p.webhook, classOf(k))
	for _, name := range operations[:2] {
		for _, outcome := range usual {
			m.requests.WithLabelValues(p.webhook, p.resource, name, outcomes[outcome])
		}
	}
	m.requests.WithLabelValues(p.webhook, p.resource, unknownOperation, outcomes[Shed])
	return p
}

// classOf returns the label of a kind.
func classOf(k *kinds.Kind) string {
	switch {
	case k == kinds.Pods:
		return classPod
	case k.IsWorkload():
		return classWorkload
	}
	return other
}

// Began counts a request as one in flight.
func (p *Path) Began() {
	if p != nil {
		p.metrics.inFlight.Inc()
	}
}

// Answered counts a request that began, and was answered after some time.
func (p *Path) Answered(a *Answer, took time.Duration) {
	if p == nil {
		return
	}
	p.metrics.inFlight.Dec()
	p.duration.Observe(took.Seconds())
	p.count(a)
	if a.Decision == nil || a.Outcome == Canceled || a.Outcome == Failed {
		return
	}
	if a.Decision.Enforced != nil {
		p.metrics.observe(a.Decision)
	}
	if a.DryRun {
		return
	}
	p.metrics.countFindings(a.Decision, p.mutates)
	if p.pods && a.Creates() && a.admits() {
		p.countPod(a)
	}
}

// count counts a request by its outcome.
func (p *Path) count(a *Answer) {
	at := operation(a.Operation)
	if a.OtherKind {
		p.metrics.requests.WithLabelValues(p.webhook, other, operations[at], outcomes[a.Outcome]).Inc()
		return
	}
	slot := &p.counters[at][a.Outcome]
	counter := slot.Load()
	if counter == nil {
		resolved := p.metrics.requests.WithLabelValues(p.webhook, p.resource, operations[at], outcomes[a.Outcome])
		counter = &resolved
		slot.Store(counter)
	}
	(*counter).Inc()
}
