package serve

import (
	"bytes"
	"context"
	"net/http"
	"runtime"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fargate-webhook/certs/expiry"
	"fargate-webhook/internal/metric"
	"fargate-webhook/inventory"
	"fargate-webhook/pending"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/callers"
	answers "fargate-webhook/webhook/metrics"
	"fargate-webhook/webhook/registration"
	"fargate-webhook/webhook/server"
	"fargate-webhook/webhook/workloads"
)

// metricsHandler serves /metrics.
func metricsHandler(metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", &oneByOne{handler: promhttp.HandlerFor(metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError})})
	return mux
}

// oneByOne makes one answer at a time, and sends it when it is complete: what metrics are gathered
// into takes ten times the memory of the answer, and whoever reads slowly would hold it.
type oneByOne struct {
	mutex   sync.Mutex
	handler http.Handler
}

// ServeHTTP implements http.Handler.
func (o *oneByOne) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	made := answer{header: w.Header(), code: http.StatusOK}
	o.make(&made, r)
	w.WriteHeader(made.code)
	_, _ = w.Write(made.body.Bytes()) // a caller that has left needs no answer
}

func (o *oneByOne) make(made *answer, r *http.Request) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.handler.ServeHTTP(made, r)
}

// answer is one that isn't sent yet.
type answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(code int) { a.code = code }

// Write implements http.ResponseWriter.
func (a *answer) Write(data []byte) (int, error) { return a.body.Write(data) }

var (
	buildMetric = metric.Definition{
		Name: "fargate_webhook_build_info", Type: metric.Gauge,
		Help: "1, with the version of the program and of Go as labels.",
		Labels: []metric.Label{
			{Name: "version", Text: "such as v1.2.3, or empty where it isn't known"},
			{Name: "goversion", Text: "such as go1.26.0"},
		},
		Query:   "count by (version) (fargate_webhook_build_info)",
		Answers: "Which versions run?",
	}
	leaderMetric = metric.Definition{
		Name: "fargate_webhook_leader", Type: metric.Gauge,
		Help:    "1 on the replica that leads, which registers the webhook and handles pending pods, 0 on the others.",
		Query:   "sum(fargate_webhook_leader) != 1",
		Answers: "Is there no leader?",
	}
)

// Metrics describe all metrics of the program that are its own.
func Metrics() []metric.Group {
	return []metric.Group{
		{Title: "Requests", Definitions: slices.Concat(answers.Requests(), audit.Definitions(), workloads.Definitions(), server.Definitions(), callers.Definitions())},
		{Title: "Pods that are admitted", Definitions: answers.Pods()},
		{Title: "Pods in the cluster", Definitions: inventory.Definitions()},
		{Title: "Fargate profiles", Definitions: freshness.Definitions()},
		{Title: "Registration and certificates", Definitions: slices.Concat(registration.Definitions(), expiry.Definitions())},
		{Title: "Pods that stay Pending", Definitions: pending.Definitions()},
		{Title: "Replicas", Definitions: []metric.Definition{leaderMetric, buildMetric}},
	}
}

// newCollectors returns what is exported besides what the parts register themselves.
func newCollectors(
	deps *dependencies, reach *registration.Reach, leading leading, auditLog *audit.Log, version string,
) []prometheus.Collector {
	return []prometheus.Collector{
		freshness.NewCollector(deps.profiles), reach, expiry.Collector{Source: deps.certificates}, auditLog.Metrics(), leading, newBuildInfo(version),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsAll)),
	}
}

// newBuildInfo returns the metric of the build.
func newBuildInfo(version string) prometheus.Collector {
	build := buildMetric.NewGauges()
	build.WithLabelValues(version, runtime.Version()).Set(1)
	return build
}

// leading exports whether this replica leads.
type leading struct{ prometheus.Gauge }

func newLeading() leading { return leading{leaderMetric.NewGauge()} }

// run is run by the leader.
func (l leading) run(ctx context.Context) {
	l.Set(1)
	defer l.Set(0)
	<-ctx.Done()
}
