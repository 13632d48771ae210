package webhook

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// counted returns the sum of the series of a metric that have labels, written name=value.
func counted(tb testing.TB, gatherer prometheus.Gatherer, name string, labels ...string) (sum float64) {
	tb.Helper()
	families, err := gatherer.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	known := false
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		known = true
		for _, m := range family.GetMetric() {
			var has []string
			for _, label := range m.GetLabel() {
				has = append(has, label.GetName()+"="+label.GetValue())
			}
			if !slices.ContainsFunc(labels, func(l string) bool { return !slices.Contains(has, l) }) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	if !known && !strings.HasPrefix(name, "fargate_webhook_pods_") { // those have no series before the first pod
		tb.Fatalf("no metric %s", name)
	}
	return sum
}
