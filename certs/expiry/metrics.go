package expiry

import (
	"github.com/prometheus/client_golang/prometheus"

	"fargate-webhook/internal/metric"
)

var expiryMetric = metric.Definition{
	Name: "fargate_webhook_certificate_expiry_timestamp_seconds", Type: metric.Gauge,
	Help:    "When the certificate in use expires: the one to serve with (serving), and the CA that has signed it (ca).",
	Labels:  []metric.Label{{Name: "certificate", Values: []string{serving, authority}, Text: "a certificate that isn't known has no series"}},
	Query:   "min by (certificate) (fargate_webhook_certificate_expiry_timestamp_seconds) - time()",
	Answers: "How many seconds is the certificate valid that expires first?",
}

var expiryDesc = expiryMetric.Desc()

// Definitions describe the metrics of certificates.
func Definitions() []metric.Definition { return []metric.Definition{expiryMetric} }

// Collector exports when the certificates expire.
type Collector struct{ Source Source }

// Describe implements prometheus.Collector.
func (Collector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- expiryDesc }

// Collect implements prometheus.Collector. There is no metric for a certificate that isn't known.
func (c Collector) Collect(metrics chan<- prometheus.Metric) {
	for _, each := range inUse(c.Source) {
		metrics <- prometheus.MustNewConstMetric(expiryDesc, prometheus.GaugeValue, float64(each.NotAfter.Unix()), each.name)
	}
}
