package webhook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	admissionv1 "k8s.io/api/admission/v1"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
	"fargate-webhook/webhook/metrics"
)

// known holds Fargate profiles; with ready set they aren't read yet.
type known struct {
	index func() *profiles.Index
	ready error
	// earlier are lists of a few minutes ago.
	earlier []*profiles.Index
}

func (k known) Ready() error           { return k.ready }
func (k known) Index() *profiles.Index { return k.index() }

func (k known) Earlier() []*profiles.Index { return k.earlier }

// bench is a webhook whose log, audit log and metrics can be read.
type bench struct {
	registry *prometheus.Registry
	handlers map[string]http.Handler
	logs     *observer.ObservedLogs
	audit    *audittest.Log
}

// newBench returns a webhook with the default policy after every change.
func newBench(tb testing.TB, list Profiles, change ...func(*policy.Policy)) *bench {
	tb.Helper()
	p := policy.Default()
	for _, c := range change {
		c(&p)
	}
	b := &bench{audit: audittest.Open(tb, audit.Options{}), registry: prometheus.NewRegistry()}
	counts, err := metrics.New(b.registry, list)
	if err != nil {
		tb.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	b.logs = logs
	b.handlers = Handlers(Dependencies{Profiles: list, Policy: p, Audit: b.audit.Log, Metrics: counts, Logger: zap.New(core)})
	return b
}

// testProfiles returns the profiles of testdata.
func testProfiles(tb testing.TB) known {
	tb.Helper()
	list, err := file.New("testdata/profiles.yaml").List(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	index := profiles.NewIndex(list)
	return known{index: func() *profiles.Index { return index }}
}

// Paths of pods, which most tests send.
var mutatePods, validatePods = kinds.Pods.MutatePath(), kinds.Pods.ValidatePath()

// kindOf returns the kind that a path is for, nil if there is none.
func kindOf(path string) *kinds.Kind {
	for _, k := range kinds.Table {
		if path == k.MutatePath() || path == k.ValidatePath() {
			return k
		}
	}
	return nil
}

// kindJSON returns the kind of a review, as the API server writes it.
func kindJSON(k *kinds.Kind, version string) string {
	return fmt.Sprintf(`"kind":{"group":%q,"version":%q,"kind":%q}`, k.Group, version, k.Kind)
}

// post sends a body as the API server does.
func (b *bench) post(tb testing.TB, path, body string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.handlers[path].ServeHTTP(w, r)
	return w
}

// answerOf decodes the response of an HTTP answer.
func answerOf(tb testing.TB, w *httptest.ResponseRecorder) *admissionv1.AdmissionResponse {
	tb.Helper()
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		tb.Fatalf("status %d, Content-Type %q: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	var out admissionv1.AdmissionReview
	decoder := json.NewDecoder(w.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		tb.Fatal(err)
	}
	if out.APIVersion != "admission.k8s.io/v1" || out.Kind != "AdmissionReview" || out.Request != nil || out.Response == nil {
		tb.Fatalf("not the answer to a review: %+v", out)
	}
	return out.Response
}

func readFile(tb testing.TB, path string) string {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}
