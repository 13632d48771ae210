package expiry

import "github.com/prometheus/client_golang/prometheus"

var expiryMetric = prometheus.NewDesc("fargate_webhook_certificate_expiry_timestamp_seconds",
	"When the certificate in use expires: the one to serve with (serving), and the CA that has signed it (ca).", []string{"certificate"}, nil)

// Collector exports when the certificates expire.
type Collector struct{ Source Source }

// Describe implements prometheus.Collector.
func (Collector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- expiryMetric }

// Collect implements prometheus.Collector. There is no metric for a certificate that isn't known.
func (c Collector) Collect(metrics chan<- prometheus.Metric) {
	for _, each := range inUse(c.Source) {
		metrics <- prometheus.MustNewConstMetric(expiryMetric, prometheus.GaugeValue, float64(each.NotAfter.Unix()), each.name)
	}
}
