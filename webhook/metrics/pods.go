package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/internal/metric"
)

// The values of the label resource of pods.
const (
	resourceCPU    = "cpu"
	resourceMemory = "memory"
)

// lookupFailed is the reason of pods for which it isn't known what counts their requests.
const lookupFailed = "lookup-failed"

// reasons are the values of the label reason: kinds that count requests, and the others.
var reasons = [...]string{"HorizontalPodAutoscaler", "VerticalPodAutoscaler", "ScaledObject", "ResourceQuota", lookupFailed, other}

var resourceLabel = metric.Label{Name: "resource", Values: []string{resourceCPU, resourceMemory}}

var (
	raisedMetric = metric.Definition{
		Name: "fargate_webhook_pods_raised_total", Type: metric.Counter,
		Help:    "Pods of which admission raised requests to hand out what Fargate provisions, by resource.",
		Labels:  []metric.Label{resourceLabel},
		Query:   "sum by (resource) (increase(fargate_webhook_pods_raised_total[1d]))",
		Answers: "How many pods got more than they requested?",
	}
	heldMetric = metric.Definition{
		Name: "fargate_webhook_pods_held_total", Type: metric.Counter,
		Help: "Pods on Fargate of which admission raised no requests, by resource and by what counts these.",
		Labels: []metric.Label{resourceLabel, {
			Name: "reason", Values: reasons[:],
			Text: "the kind of object that counts the requests; `" + lookupFailed + "` where that could not be looked up",
		}},
		Query:   "sum by (reason) (increase(fargate_webhook_pods_held_total[1d]))",
		Answers: "Why do pods keep their requests?",
	}
)

// resourceCounters count pods by what became of their requests.
type resourceCounters struct{ raised, held *prometheus.CounterVec }

func newResourceCounters() resourceCounters {
	return resourceCounters{raised: raisedMetric.NewStartedCounters(), held: heldMetric.NewStartedCounters()}
}

// countPod counts what admission changes in a pod while it is mutated, and what Fargate provides for
// it. A pod is mutated again when a webhook behind this one changes it, as EKS's does with each pod
// that it claims (F2.5).
func (p *Path) countPod(a *Answer) {
	if a.Provided != nil && a.Provided.Placement.Fargate {
		p.metrics.profiles.admitted(a.Provided)
	}
	d := a.Decision
	if _, ok := a.Object.(*corev1.Pod); !ok || !p.mutates || a.Again || !d.Placement.Fargate {
		return
	}
	p.metrics.profiles.labeled(d)
	p.metrics.resources.count(d)
}

// count counts a pod by what becomes of its requests.
func (c *resourceCounters) count(d *fargate.Decision) {
	if d.Raised.CPU {
		c.raised.WithLabelValues(resourceCPU).Inc()
	}
	if d.Raised.Memory {
		c.raised.WithLabelValues(resourceMemory).Inc()
	}
	if d.Trouble != nil {
		c.held.WithLabelValues(resourceCPU, lookupFailed).Inc()
		c.held.WithLabelValues(resourceMemory, lookupFailed).Inc()
		return
	}
	c.countHolds(resourceCPU, d.Holds, func(h *sizing.Hold) bool { return h.CPU })
	c.countHolds(resourceMemory, d.Holds, func(h *sizing.Hold) bool { return h.Memory })
}

// countHolds counts the first hold of a resource: a pod counts once.
func (c *resourceCounters) countHolds(resource string, holds []sizing.Hold, holdsIt func(*sizing.Hold) bool) {
	for i := range holds {
		if holdsIt(&holds[i]) {
			c.held.WithLabelValues(resource, reasonOf(&holds[i])).Inc()
			return
		}
	}
}

// reasonOf returns the label of a hold, whose reason begins with the kind of what holds.
func reasonOf(h *sizing.Hold) string {
	kind, _, _ := strings.Cut(h.Reason, " ")
	for _, reason := range reasons {
		if kind == reason {
			return reason
		}
	}
	if kind == "annotation" { // of a VerticalPodAutoscaler that it doesn't name
		return "VerticalPodAutoscaler"
	}
	return other
}
