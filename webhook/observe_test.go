package webhook

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
	"fargate-webhook/webhook/metrics"
)

// observing returns a webhook in mode Observe, its metrics and its audit log.
func observing(t *testing.T) (*bench, *prometheus.Registry, *audittest.Log) {
	t.Helper()
	p := policy.Default()
	p.Mode = policy.ModeObserve
	registry, known := prometheus.NewRegistry(), testProfiles(t)
	counts, err := metrics.New(registry, known)
	if err != nil {
		t.Fatal(err)
	}
	log := audittest.Open(t, audit.Options{})
	handlers := Handlers(Dependencies{Profiles: known, Policy: p, Audit: log.Log, Metrics: counts, Logger: zap.NewNop()})
	return &bench{handlers: handlers}, registry, log
}

// In mode Observe every case is admitted unchanged. Each one that mode Enforce refuses is reported
// by warnings, audit line and metric.
func TestObserve(t *testing.T) {
	b, registry, log := observing(t)
	requests, err := filepath.Glob("testdata/*/*/request.json")
	if err != nil {
		t.Fatal(err)
	}
	enforcing := newBench(t, testProfiles(t))
	refused, changed := 0, 0
	for _, request := range requests {
		group := filepath.Base(filepath.Dir(filepath.Dir(request)))
		body := readFile(t, request)
		path := pathFor(t, group, body)
		got, enforced := answerOf(t, b.post(t, path, body)), answerOf(t, enforcing.post(t, path, body))
		if !got.Allowed || got.Patch != nil || got.PatchType != nil {
			t.Errorf("%s: %+v", request, got)
		}
		texts := strings.Join(got.Warnings, "\n")
		if observed := strings.Contains(texts, "would be refused (mode Observe): "); observed != (group == "validate" && !enforced.Allowed) {
			t.Errorf("%s: refused under Enforce: %v; warnings %q", request, !enforced.Allowed, got.Warnings)
		} else if observed {
			refused++
		} else if strings.Contains(texts, "would be changed (mode Observe): ") {
			changed++
			if isNeverChanged(filepath.Base(path)) {
				t.Errorf("%s: mode Enforce doesn't change it; warnings %q", request, got.Warnings)
			}
		}
		if group == "mutate" && len(got.Warnings) > 0 {
			t.Errorf("%s: the mutating phase warns %q", request, got.Warnings)
		}
		for _, warning := range got.Warnings {
			if len(warning) > maxWarning {
				t.Errorf("%s: %d bytes: %s", request, len(warning), warning)
			}
		}
	}
	for outcome, want := range map[string]int{"refuse": refused, "change": changed} {
		if got := counted(t, registry, "fargate_webhook_observed_requests_total", "outcome="+outcome); want == 0 || got != float64(want) {
			t.Errorf("%v requests counted with outcome %q, want %d", got, outcome, want)
		}
	}
	lines := 0
	for line := range strings.Lines(log.String()) {
		var fields struct {
			Event    string
			Observed bool
			Changes  []string
		}
		if err := json.Unmarshal([]byte(line), &fields); err != nil || !fields.Observed || fields.Event == "changed" && len(fields.Changes) == 0 {
			t.Errorf("audit line %s, %v; want it marked as observed, with what would be changed", line, err)
		}
		lines++
	}
	if lines != refused+changed {
		t.Errorf("%d audit lines, want %d", lines, refused+changed)
	}
}

// isNeverChanged reports a resource whose objects admission doesn't change, such as Deployments: it
// changes their pods.
func isNeverChanged(resource string) bool {
	return !slices.ContainsFunc(kinds.Table, func(k *kinds.Kind) bool { return k.Resource == resource && k.Mutated != nil })
}

// A change of labels and resources is told in one warning that names the fields.
func TestObservedChanges(t *testing.T) {
	b, _, _ := observing(t)
	body := readFile(t, "testdata/mutate/label-added/request.json")
	got := answerOf(t, b.post(t, validatePods, body))
	if len(got.Warnings) == 0 || !strings.HasPrefix(got.Warnings[len(got.Warnings)-1], "would be changed (mode Observe): metadata/") {
		t.Errorf("warnings %q", got.Warnings)
	}
}
