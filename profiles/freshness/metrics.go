package freshness

import (
	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/profiles"
)

const prefix = "fargate_webhook_profiles_"

// Collector collects the metrics of the Fargate profiles. It reads the state of the Watcher at each
// scrape.
type Collector struct {
	watcher  Watcher
	listed   *prometheus.Desc
	kept     *prometheus.Desc
	failures *prometheus.Desc
	active   *prometheus.Desc
	ignored  *prometheus.Desc
}

// NewCollector returns a Collector. It does not register it.
func NewCollector(watcher Watcher) *Collector {
	describe := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(prefix+name, help, nil, nil) }
	return &Collector{
		watcher:  watcher,
		listed:   describe("last_refresh_timestamp_seconds", "When the source returned the list of Fargate profiles in use, in seconds since 1970, or 0 before the first list."),
		kept:     describe("kept", "1 while the list in use was stored by an earlier run, because the source has returned none since the start, else 0."),
		failures: describe("refresh_failures_total", "Number of refreshes of the Fargate profiles that failed."),
		active:   describe("active", "Number of ACTIVE Fargate profiles."),
		ignored:  describe("ignored", "Number of Fargate profiles that are not ACTIVE, and so select no pods."),
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{c.listed, c.kept, c.failures, c.active, c.ignored} {
		descriptions <- description
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(metrics chan<- prometheus.Metric) {
	state := c.watcher.State()
	gauge := func(description *prometheus.Desc, value float64) {
		metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value)
	}
	listed, kept := 0.0, 0.0
	if !state.Listed.IsZero() {
		listed = float64(state.Listed.UnixMilli()) / 1000
	}
	if state.Kept {
		kept = 1
	}
	active := 0
	for _, profile := range state.Profiles {
		if profile.Status == profiles.StatusActive {
			active++
		}
	}
	gauge(c.listed, listed)
	gauge(c.kept, kept)
	gauge(c.active, float64(active))
	gauge(c.ignored, float64(len(state.Profiles)-active))
	metrics <- prometheus.MustNewConstMetric(c.failures, prometheus.CounterValue, float64(state.Failures))
}
