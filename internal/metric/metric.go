// Package metric describes the metrics of the program. Each has one Definition: what is exported and
// docs/metrics.md both come from it.
package metric

import (
	"iter"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Prefix begins the name of every metric that is the program's own.
const Prefix = "fargate_webhook_"

// Type is the type of a metric.
type Type string

// The types, as Prometheus names them.
const (
	Counter   Type = "counter"
	Gauge     Type = "gauge"
	Histogram Type = "histogram"
)

// Definition describes a metric.
type Definition struct {
	// Name begins with Prefix.
	Name string
	Type Type
	// Help is exported with the metric.
	Help   string
	Labels []Label
	// Leader is true for a metric that only the leader among the replicas has.
	Leader bool
	// Query is a query that is useful, "" for none, and Answers says what it answers.
	Query, Answers string
	// Buckets are the upper bounds of the classic buckets of a histogram.
	Buckets []float64
}

// Group has metrics about one thing.
type Group struct {
	Title       string
	Definitions []Definition
}

// Label is a label of a metric.
type Label struct {
	Name string
	// Values are all that it can have, nil for one whose values are known at run time only.
	Values []string
	// Text says what the values are where they don't say it themselves, and what bounds them where
	// there are no Values.
	Text string
}

// Closed reports a label all of whose values are known.
func (l *Label) Closed() bool { return l.Values != nil }

// LabelNames returns the names of the labels, in their order.
func (d *Definition) LabelNames() []string {
	names := make([]string, 0, len(d.Labels))
	for i := range d.Labels {
		names = append(names, d.Labels[i].Name)
	}
	return names
}

// Desc returns the description of a metric that is computed when it is collected.
func (d *Definition) Desc() *prometheus.Desc {
	return prometheus.NewDesc(d.Name, d.Help, d.LabelNames(), nil)
}

// NewCounter returns a counter without labels.
func (d *Definition) NewCounter() prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: d.Name, Help: d.Help})
}

// NewGauge returns a gauge without labels.
func (d *Definition) NewGauge() prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: d.Name, Help: d.Help})
}

// NewCounters returns counters without any series.
func (d *Definition) NewCounters() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: d.Name, Help: d.Help}, d.LabelNames())
}

// NewStartedCounters returns counters with a series for all values of their labels: an increase
// from nothing to 1 would be no increase to Prometheus.
func (d *Definition) NewStartedCounters() *prometheus.CounterVec {
	counters := d.NewCounters()
	for values := range d.combinations() {
		counters.WithLabelValues(values...)
	}
	return counters
}

// NewGauges returns gauges without any series.
func (d *Definition) NewGauges() *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: d.Name, Help: d.Help}, d.LabelNames())
}

// NewHistograms returns histograms with classic buckets for those that scrape them, and native ones,
// which are as fine as 10 %, for the others.
func (d *Definition) NewHistograms() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: d.Name, Help: d.Help, Buckets: d.Buckets,
		NativeHistogramBucketFactor: nativeFactor, NativeHistogramMaxBucketNumber: nativeBuckets, NativeHistogramMinResetDuration: nativeReset,
	}, d.LabelNames())
}

// combinations returns all combinations of the values of closed labels; none where a label isn't.
func (d *Definition) combinations() iter.Seq[[]string] {
	return func(yield func([]string) bool) { combine(d.Labels, nil, yield) }
}

// combine yields what was chosen with each combination of the values of further labels. It returns
// false to stop.
func combine(labels []Label, chosen []string, yield func([]string) bool) bool {
	if len(labels) == 0 {
		return yield(chosen)
	}
	for _, value := range labels[0].Values {
		if !combine(labels[1:], append(slices.Clip(chosen), value), yield) {
			return false
		}
	}
	return true
}
