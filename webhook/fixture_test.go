package webhook

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	admissionv1 "k8s.io/api/admission/v1"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/webhook/audit"
)

// known are profiles that have been read, or not yet.
type known struct {
	index func() *profiles.Index
	ready error
}

func (k known) Ready() error           { return k.ready }
func (k known) Index() *profiles.Index { return k.index() }

// bench is a webhook whose log and audit log can be read.
type bench struct {
	handlers map[string]http.Handler
	logs     *observer.ObservedLogs
	audit    *bytes.Buffer
}

// newBench makes one with the default policy, changed by each of change.
func newBench(tb testing.TB, p Profiles, change ...func(*policy.Policy)) *bench {
	tb.Helper()
	policy := policy.Default()
	for _, c := range change {
		c(&policy)
	}
	b := &bench{audit: &bytes.Buffer{}}
	log, err := audit.Open(audit.Options{Path: "-", Stdout: b.audit})
	if err != nil {
		tb.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	b.logs = logs
	b.handlers = Handlers(Judgement{Profiles: p, Policy: policy, Audit: log, Logger: zap.New(core)})
	return b
}

// testProfiles are those of testdata.
func testProfiles(tb testing.TB) known {
	tb.Helper()
	list, err := file.New("testdata/profiles.yaml").List(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	index := profiles.NewIndex(list)
	return known{index: func() *profiles.Index { return index }}
}

// kindOf is the kind that a path is for, as a review names it.
func kindOf(path string) (group, kind string) {
	switch path {
	case PathMutatePods, PathValidatePods:
		return "", "Pod"
	case PathValidateServices, PathMutateServices:
		return "", "Service"
	case PathValidateReplicationControllers:
		return "", "ReplicationController"
	case PathValidateDaemonSets, PathMutateDaemonSets:
		return "apps", "DaemonSet"
	case PathValidateIngresses, PathMutateIngresses:
		return "networking.k8s.io", "Ingress"
	case PathValidateTargetGroups, PathMutateTargetGroups:
		return "gateway.k8s.aws", "TargetGroupConfiguration"
	case PathValidateDeployments:
		return "apps", "Deployment"
	case PathValidateStatefulSets:
		return "apps", "StatefulSet"
	case PathValidateReplicaSets:
		return "apps", "ReplicaSet"
	case PathValidateJobs:
		return "batch", "Job"
	case PathValidateCronJobs:
		return "batch", "CronJob"
	}
	panic("no kind is known for " + path)
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

// answerOf reads the review that an HTTP answer holds.
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
