package freshness

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/internal/metric"
	"fargate-webhook/profiles"
)

// otherStatus is the label of profiles with a status that isn't known here.
const otherStatus = "OTHER"

// statuses are the values of the label status.
var statuses = []string{
	string(profiles.StatusCreating), string(profiles.StatusActive), string(profiles.StatusDeleting),
	string(profiles.StatusCreateFailed), string(profiles.StatusDeleteFailed), otherStatus,
}

// The values of the label result.
const (
	succeeded = "succeeded"
	failed    = "failed"
)

var (
	listedMetric = metric.Definition{
		Name: "fargate_webhook_profiles_last_refresh_timestamp_seconds", Type: metric.Gauge,
		Help:    "When the source returned the list of Fargate profiles in use, in seconds since 1970, or 0 before the first list.",
		Query:   "time() - min(fargate_webhook_profiles_last_refresh_timestamp_seconds)",
		Answers: "How old, in seconds, is the oldest list that a replica decides with?",
	}
	keptMetric = metric.Definition{
		Name: "fargate_webhook_profiles_kept", Type: metric.Gauge,
		Help: "1 while the list in use was stored by an earlier run, because the source has returned none since the start, else 0.",
	}
	failuresMetric = metric.Definition{
		Name: "fargate_webhook_profiles_refresh_failures_total", Type: metric.Counter,
		Help: "Number of refreshes of the Fargate profiles that failed.",
	}
	refreshesMetric = metric.Definition{
		Name: "fargate_webhook_profiles_refreshes_total", Type: metric.Counter,
		Help:    "Refreshes of the Fargate profiles, by result.",
		Labels:  []metric.Label{{Name: "result", Values: []string{succeeded, failed}}},
		Query:   `sum(rate(fargate_webhook_profiles_refreshes_total{result="failed"}[15m])) / sum(rate(fargate_webhook_profiles_refreshes_total[15m]))`,
		Answers: "Which part of the refreshes fails?",
	}
	activeMetric = metric.Definition{
		Name: "fargate_webhook_profiles_active", Type: metric.Gauge,
		Help: "Number of ACTIVE Fargate profiles.",
	}
	ignoredMetric = metric.Definition{
		Name: "fargate_webhook_profiles_ignored", Type: metric.Gauge,
		Help: "Number of Fargate profiles that are not ACTIVE, and so select no pods.",
	}
	statusMetric = metric.Definition{
		Name: "fargate_webhook_profiles", Type: metric.Gauge,
		Help: "Number of Fargate profiles, by status.",
		Labels: []metric.Label{{
			Name: "status", Values: statuses, Text: "`" + otherStatus + "` is any status that EKS adds",
		}},
	}
)

// Definitions describe the metrics of the Fargate profiles.
func Definitions() []metric.Definition {
	return []metric.Definition{listedMetric, keptMetric, failuresMetric, refreshesMetric, activeMetric, ignoredMetric, statusMetric}
}

// Collector collects the metrics of the Fargate profiles. It reads the state of the Watcher at each
// scrape.
type Collector struct {
	watcher                                                      Watcher
	listed, kept, failures, refreshes, active, ignored, byStatus *prometheus.Desc
}

// NewCollector returns a Collector. It does not register it.
func NewCollector(watcher Watcher) *Collector {
	return &Collector{
		watcher: watcher,
		listed:  listedMetric.Desc(), kept: keptMetric.Desc(), failures: failuresMetric.Desc(), refreshes: refreshesMetric.Desc(),
		active: activeMetric.Desc(), ignored: ignoredMetric.Desc(), byStatus: statusMetric.Desc(),
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{c.listed, c.kept, c.failures, c.refreshes, c.active, c.ignored, c.byStatus} {
		descriptions <- description
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(metrics chan<- prometheus.Metric) {
	state := c.watcher.State()
	gauge := func(description *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
	}
	counter := func(description *prometheus.Desc, value uint64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(description, prometheus.CounterValue, float64(value), labels...)
	}
	listed, kept := 0.0, 0.0
	if !state.Listed.IsZero() {
		listed = float64(state.Listed.UnixMilli()) / 1000
	}
	if state.Kept {
		kept = 1
	}
	counts := countByStatus(state.Profiles)
	active := counts[string(profiles.StatusActive)]
	gauge(c.listed, listed)
	gauge(c.kept, kept)
	gauge(c.active, float64(active))
	gauge(c.ignored, float64(len(state.Profiles)-active))
	for _, status := range statuses {
		gauge(c.byStatus, float64(counts[status]), status)
	}
	counter(c.failures, state.Failures)
	counter(c.refreshes, state.Successes, succeeded)
	counter(c.refreshes, state.Failures, failed)
}

// countByStatus counts profiles by the values of the label status.
func countByStatus(list []profiles.Profile) map[string]int {
	counts := make(map[string]int, len(statuses))
	for i := range list {
		status := string(list[i].Status)
		if !slices.Contains(statuses, status) {
			status = otherStatus
		}
		counts[status]++
	}
	return counts
}
