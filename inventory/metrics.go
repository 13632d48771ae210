package inventory

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/internal/metric"
)

var labels = []metric.Label{
	{Name: "profile", Text: "the name of an ACTIVE Fargate profile, or `" + unknownProfile + "`"},
	{Name: "size", Values: sizes(), Text: "a size of Fargate as EKS writes it, such as `0.25vCPU 0.5GB`"},
	{Name: "state", Values: states, Text: "not scheduled yet, and not billed; scheduled; or ended, and billed until it is deleted"},
}

var (
	podsMetric = metric.Definition{
		Name: "fargate_webhook_inventory_pods", Type: metric.Gauge, Leader: true, Labels: labels,
		Help:    "Pods on Fargate in the cluster, by Fargate profile, size and state.",
		Query:   `sum by (profile) (fargate_webhook_inventory_pods{state="finished"})`,
		Answers: "How many pods have ended and are still billed?",
	}
	unusedCPUMetric = metric.Definition{
		Name: "fargate_webhook_inventory_unused_cpu_cores", Type: metric.Gauge, Leader: true, Labels: labels,
		Help: "vCPU that Fargate provisions for the pods and that they did not request before admission.",
	}
	unusedMemoryMetric = metric.Definition{
		Name: "fargate_webhook_inventory_unused_memory_bytes", Type: metric.Gauge, Leader: true, Labels: labels,
		Help: "Memory that Fargate provisions for the pods and that they did not request before admission, without what Fargate reserves in each pod, in bytes.",
	}
	costMetric = metric.Definition{
		Name: "fargate_webhook_inventory_monthly_cost_dollars", Type: metric.Gauge, Leader: true, Labels: labels,
		Help:    "What the pods cost by list prices if they are there for a month of 730 hours, in USD.",
		Query:   "sum by (profile) (fargate_webhook_inventory_monthly_cost_dollars) / 730",
		Answers: "What do the pods of each profile cost in an hour?",
	}
	wasteMetric = metric.Definition{
		Name: "fargate_webhook_inventory_monthly_waste_dollars", Type: metric.Gauge, Leader: true, Labels: labels,
		Help:    "The part of the cost for CPU and memory that the pods did not request before admission, in USD.",
		Query:   "sum(fargate_webhook_inventory_monthly_waste_dollars) / sum(fargate_webhook_inventory_monthly_cost_dollars)",
		Answers: "Which part of the cost is unused?",
	}
	pricesMetric = metric.Definition{
		Name: "fargate_webhook_inventory_prices_info", Type: metric.Gauge, Leader: true,
		Help: "1, with the AWS region whose list prices count.",
		Labels: []metric.Label{
			{Name: "region", Text: "the webhook's region (`AWS_REGION`), or us-east-1 where its prices aren't known"},
			{Name: "assumed", Values: []string{"true", "false"}, Text: "whether that is another region than the webhook's"},
		},
	}
)

// Definitions describe the metrics of the pods in the cluster.
func Definitions() []metric.Definition {
	return []metric.Definition{podsMetric, unusedCPUMetric, unusedMemoryMetric, costMetric, wasteMetric, pricesMetric}
}

var podsDesc, unusedCPUDesc, unusedMemoryDesc, costDesc, wasteDesc, pricesDesc = podsMetric.Desc(), unusedCPUMetric.Desc(),
	unusedMemoryMetric.Desc(), costMetric.Desc(), wasteMetric.Desc(), pricesMetric.Desc()

// Describe implements prometheus.Collector.
func (*Worker) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{podsDesc, unusedCPUDesc, unusedMemoryDesc, costDesc, wasteDesc, pricesDesc} {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector. There are metrics only while the Worker runs and knows all
// pods.
func (w *Worker) Collect(metrics chan<- prometheus.Metric) {
	pods := w.known.Load()
	if pods == nil || !(*pods).HasSynced() {
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(pricesDesc, 1, w.options.Prices.Region, strconv.FormatBool(w.options.Prices.Assumed))
	const milli, cents = 1000, 100
	for c, f := range tally((*pods).GetStore().List(), w.options.Profiles.Index().Has, w.options.Prices) {
		values := []string{c.profile, c.size, string(c.state)}
		gauge(podsDesc, float64(f.pods), values...)
		gauge(unusedCPUDesc, float64(f.unused.MilliCPU)/milli, values...)
		gauge(unusedMemoryDesc, float64(f.unused.MilliBytes)/milli, values...)
		gauge(costDesc, float64(f.cost)/cents, values...)
		gauge(wasteDesc, float64(f.waste)/cents, values...)
	}
}
