package metrics

import (
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/internal/metric"
	"fargate-webhook/internal/scan"
	"fargate-webhook/kinds"
	"fargate-webhook/webhook/intake"
)

// The values of the label webhook.
const (
	mutating   = "mutate"
	validating = "validate"
)

// other is the label of what none of the other values is about.
const other = "other"

// The values of the label class.
const (
	classPod      = "pod"
	classWorkload = "workload"
)

// The values of the label action.
const (
	actionDeny        = "deny"
	actionWarn        = "warn"
	actionWouldDeny   = "would-deny"
	actionPodsRefused = "pods-refused"
)

var webhookLabel = metric.Label{
	Name: "webhook", Values: []string{mutating, validating}, Text: "the webhook that changes objects, or the one that judges them",
}

var (
	requestsMetric = metric.Definition{
		Name: "fargate_webhook_requests_total", Type: metric.Counter,
		Help: "Admission requests, by webhook, resource, operation and outcome. Dry runs are counted too.",
		Labels: []metric.Label{
			webhookLabel,
			{Name: "resource", Values: append(resources(), other), Text: "`" + other + "` is a request about an object that its path is not for"},
			{Name: "operation", Values: operations[:], Text: "`" + unknownOperation + "` is a request that was not decoded"},
			{Name: "outcome", Values: outcomes[:], Text: "see [below](#values-of-outcome)"},
		},
		Query:   `sum by (resource) (increase(fargate_webhook_requests_total{outcome="denied"}[1d]))`,
		Answers: "How many requests were refused in a day, by resource?",
	}
	durationMetric = metric.Definition{
		Name: "fargate_webhook_request_duration_seconds", Type: metric.Histogram,
		Help: "Time to read a request, decide and answer it, by webhook and class of the object, in seconds.",
		Labels: []metric.Label{
			webhookLabel,
			{Name: "class", Values: []string{classPod, classWorkload, other}, Text: "a pod, an object with a pod template other than a DaemonSet, or another object"},
		},
		Buckets: []float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1},
		Query:   "histogram_quantile(0.99, sum by (le, webhook) (rate(fargate_webhook_request_duration_seconds_bucket[5m])))",
		Answers: "Within which time are 99 % of the requests answered?",
	}
	inFlightMetric = metric.Definition{
		Name: "fargate_webhook_requests_in_flight", Type: metric.Gauge,
		Help: "Requests that are being read, wait for their turn or are decided.",
	}
	findingsMetric = metric.Definition{
		Name: "fargate_webhook_findings_total", Type: metric.Counter,
		Help: "Findings of admission, by rule and action. Those of dry runs are not counted.",
		Labels: []metric.Label{
			{Name: "rule", Values: append(ruleIDs(), other), Text: "the id of one of the [rules](rules.md), or `" + other + "`"},
			{
				Name: "action", Values: []string{actionDeny, actionWarn, actionWouldDeny, actionPodsRefused},
				Text: "refused; warned; let through in mode Observe, where `Enforce` would refuse it; or a workload that is admitted, but whose pods will be refused",
			},
		},
		Query:   `topk(5, sum by (rule) (increase(fargate_webhook_findings_total{action="deny"}[1d])))`,
		Answers: "Which rules refused most in a day?",
	}
	observedMetric = metric.Definition{
		Name: "fargate_webhook_observed_requests_total", Type: metric.Counter,
		Help:   "Requests that mode Observe let through and mode Enforce would refuse or change, by outcome.",
		Labels: []metric.Label{{Name: "outcome", Values: []string{"refuse", "change"}}},
	}
	scannedMetric = metric.Definition{
		Name: "fargate_webhook_scan_refusals_total", Type: metric.Counter,
		Help:   "Requests that were refused before their body was decoded, by what it has too much of.",
		Labels: []metric.Label{{Name: "reason", Values: texts(scan.Reasons()), Text: "see [Limits on requests](operations.md#limits-on-requests)"}},
	}
	awayMetric = metric.Definition{
		Name: "fargate_webhook_requests_turned_away_total", Type: metric.Counter,
		Help:    "Requests that were answered with 503, since too many were in flight, by what they waited for.",
		Labels:  []metric.Label{{Name: "stage", Values: texts(intake.Stages()), Text: "room to read a body, or the turn to decide; of a small body or a large one"}},
		Query:   "sum by (stage) (increase(fargate_webhook_requests_turned_away_total[15m]))",
		Answers: "Do the replicas lack memory or processor time?",
	}
)

// Requests describe the metrics of requests and of what is found in them.
func Requests() []metric.Definition {
	return []metric.Definition{
		requestsMetric, durationMetric, inFlightMetric, awayMetric, scannedMetric, observedMetric, findingsMetric,
	}
}

// Pods describe the metrics of pods that are changed and admitted.
func Pods() []metric.Definition {
	return append(profileMetrics[:len(profileMetrics):len(profileMetrics)], raisedMetric, heldMetric)
}

// resources are those of all kinds that are judged.
func resources() []string {
	names := make([]string, 0, len(kinds.Table)+1)
	for _, k := range kinds.Table {
		names = append(names, k.Resource)
	}
	return names
}

// ruleIDs are those of all rules.
func ruleIDs() []string {
	all := catalog.All()
	ids := make([]string, 0, len(all)+1)
	for _, rule := range all {
		ids = append(ids, string(rule.ID))
	}
	return ids
}

func texts[T ~string](values []T) []string {
	list := make([]string, 0, len(values))
	for _, value := range values {
		list = append(list, string(value))
	}
	return list
}
