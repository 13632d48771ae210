package serve

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/spf13/pflag"
	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/internal/metric"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/webhook/audit"
	answers "fargate-webhook/webhook/metrics"
)

// definitions are those of all groups.
func definitions() []metric.Definition {
	var list []metric.Definition
	for _, group := range Metrics() {
		list = append(list, group.Definitions...)
	}
	return list
}

// describedByReplica returns the descriptions of all metrics that a replica registers, or exports
// while it runs, and that are the program's own.
func describedByReplica(t *testing.T) []string {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "config")
	const content = `{"apiVersion":"v1","kind":"Config","clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:1"}}],` +
		`"contexts":[{"name":"c","context":{"cluster":"c"}}],"current-context":"c"}`
	if err := os.WriteFile(kubeconfig, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, set := &flags{}, pflag.NewFlagSet("serve", pflag.ContinueOnError)
	f.register(set)
	arguments := []string{"--kubeconfig", kubeconfig, "--profiles", profilesFile(t), "--metrics-bind-address=0", "--health-probe-bind-address=0", "--workload-events", "--inventory"}
	if err := set.Parse(arguments); err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := newReplica(t.Context(), f, policy.Default(), log, nil, "v1.2.3", zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	registry, ok := metrics.Registry.(*prometheus.Registry)
	if !ok {
		t.Fatalf("the registry is a %T", metrics.Registry)
	}
	collected := []prometheus.Collector{registry}
	for _, run := range all.work {
		if exporter, ok := run.(freshness.Exporter); ok {
			collected = append(collected, exporter.Collector)
		}
	}
	var own []string
	for _, c := range collected {
		descriptions := make(chan *prometheus.Desc, 1<<12)
		c.Describe(descriptions)
		close(descriptions)
		for d := range descriptions {
			if strings.Contains(d.String(), `fqName: "`+metric.Prefix) {
				own = append(own, d.String())
			}
		}
	}
	return own
}

// docs/metrics.md, which is made of the definitions, has exactly the metrics that a replica exports,
// with their labels and texts.
func TestDefinitionsAreWhatIsExported(t *testing.T) {
	exported := describedByReplica(t)
	slices.Sort(exported)
	var defined []string
	for _, d := range definitions() {
		defined = append(defined, d.Desc().String())
	}
	slices.Sort(defined)
	for _, d := range defined {
		if !slices.Contains(exported, d) {
			t.Errorf("not exported: %s", d)
		}
	}
	for _, d := range exported {
		if !slices.Contains(defined, d) {
			t.Errorf("not defined, so not documented: %s", d)
		}
	}
}

// Names and texts follow the conventions of Prometheus.
func TestMetricsLint(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	for _, d := range definitions() {
		values := slices.Repeat([]string{"x"}, len(d.Labels))
		switch d.Type {
		case metric.Counter:
			vector := d.NewCounters()
			vector.WithLabelValues(values...)
			registry.MustRegister(vector)
		case metric.Gauge:
			vector := d.NewGauges()
			vector.WithLabelValues(values...)
			registry.MustRegister(vector)
		case metric.Histogram:
			vector := d.NewHistograms()
			vector.WithLabelValues(values...)
			registry.MustRegister(vector)
		}
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	families, err := registry.Gather()
	if err != nil || len(families) != len(definitions()) {
		t.Errorf("%d of %d metrics were checked, %v", len(families), len(definitions()), err)
	}
}

// Where a query names a metric, that exists.
func TestQueriesAreOfMetrics(t *testing.T) {
	names := map[string]bool{}
	for _, d := range definitions() {
		names[d.Name] = true
		if d.Type == metric.Histogram {
			names[d.Name+"_bucket"] = true
		}
	}
	for _, d := range definitions() {
		if (d.Query == "") != (d.Answers == "") {
			t.Errorf("%s: query %q answers %q", d.Name, d.Query, d.Answers)
		}
		for _, word := range strings.FieldsFunc(d.Query, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
			if strings.HasPrefix(word, metric.Prefix) && !names[word] {
				t.Errorf("%s: the query asks for %s", d.Name, word)
			}
		}
	}
}

// A Prometheus that asks for protobuf gets native histograms.
func TestNativeHistograms(t *testing.T) {
	registry := prometheus.NewRegistry()
	counts, err := answers.New(registry, profiles.NewWatcher(nil, profiles.WatcherOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	path := counts.Path(kinds.Pods, false)
	path.Began()
	path.Answered(&answers.Answer{}, time.Millisecond)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	w := httptest.NewRecorder()
	metricsHandler(registry).ServeHTTP(w, r)
	decoder := expfmt.NewDecoder(w.Body, expfmt.ResponseFormat(w.Header()))
	for {
		family := &dto.MetricFamily{}
		if err := decoder.Decode(family); err != nil {
			t.Fatalf("no histogram: %v", err)
		}
		if family.GetName() == "fargate_webhook_request_duration_seconds" {
			h := family.GetMetric()[0].GetHistogram()
			if h.Schema == nil || h.GetSchema() != 3 || len(h.GetPositiveSpan()) == 0 || len(h.GetBucket()) != 13 {
				t.Errorf("have %v", h)
			}
			return
		}
	}
}
