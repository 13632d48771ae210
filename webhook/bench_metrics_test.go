package webhook

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/metrics"
)

// admittedReview returns the review of a pod once the mutating webhook and EKS's own have changed it.
func admittedReview(tb testing.TB, mutate http.Handler, body string) string {
	tb.Helper()
	patch := answerOf(tb, postTo(tb, mutate, mutatePods, body)).Patch
	var object map[string]any
	if err := json.Unmarshal(apply(tb, body, patch), &object); err != nil {
		tb.Fatal(err)
	}
	metadata, _ := object["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	labels["eks.amazonaws.com/fargate-profile"] = "apps-fargate-profile"
	spec, _ := object["spec"].(map[string]any)
	spec["schedulerName"], spec["priorityClassName"] = "fargate-scheduler", "system-node-critical"
	var review map[string]any
	if err := json.Unmarshal([]byte(body), &review); err != nil {
		tb.Fatal(err)
	}
	request, _ := review["request"].(map[string]any)
	request["object"] = object
	out, err := json.Marshal(review)
	if err != nil {
		tb.Fatal(err)
	}
	return string(out)
}

func postTo(tb testing.TB, handler http.Handler, path, body string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// BenchmarkMetrics says how much longer an answer takes with metrics than without, in percent: the
// median of many short runs of each, which take turns, so that both see the same machine.
func BenchmarkMetrics(b *testing.B) {
	log, err := audit.Open(audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	list := testProfiles(b)
	counts, err := metrics.New(prometheus.NewRegistry(), list)
	if err != nil {
		b.Fatal(err)
	}
	off := Handlers(Dependencies{Profiles: list, Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})
	on := Handlers(Dependencies{Profiles: list, Policy: policy.Default(), Audit: log, Logger: zap.NewNop(), Metrics: counts})
	pod := fiveContainers(b)
	for name, c := range map[string]struct{ path, body string }{
		"mutate": {mutatePods, pod}, "validate": {validatePods, admittedReview(b, off[mutatePods], pod)},
	} {
		b.Run(name, func(b *testing.B) {
			var without, with []time.Duration
			for b.Loop() {
				without = append(without, timed(b, off[c.path], c.path, c.body))
				with = append(with, timed(b, on[c.path], c.path, c.body))
			}
			slices.Sort(without)
			slices.Sort(with)
			half := len(with) / 2
			b.ReportMetric(float64(without[half].Nanoseconds()), "ns/without")
			b.ReportMetric(float64(with[half].Nanoseconds()), "ns/with")
			b.ReportMetric(100*(float64(with[half])/float64(without[half])-1), "%/more")
		})
	}
}

// timed returns how long one answer takes.
func timed(b *testing.B, handler http.Handler, path, body string) time.Duration {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	began := time.Now()
	handler.ServeHTTP(w, r)
	took := time.Since(began)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"allowed":true`) {
		b.Fatal(w.Body)
	}
	return took
}
