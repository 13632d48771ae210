package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"

	"fargate-webhook/internal/metric"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/intake"
	"fargate-webhook/webhook/metrics"
)

const (
	requestsTotal = "fargate_webhook_requests_total"
	findingsTotal = "fargate_webhook_findings_total"
	podsAdmitted  = "fargate_webhook_pods_admitted_total"
)

// Every case counts once, by how it is answered, and every finding of one that is refused.
func TestOutcomesAreCounted(t *testing.T) {
	requests, err := filepath.Glob("testdata/*/*/request.json")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, testProfiles(t))
	want := map[string]float64{}
	for _, request := range requests {
		group, body := filepath.Base(filepath.Dir(filepath.Dir(request))), readFile(t, request)
		got := answerOf(t, b.post(t, pathFor(t, group, body), body))
		switch {
		case !got.Allowed:
			want["denied"]++
		case got.Patch != nil:
			want["patched"]++
		default:
			want["allowed"]++
		}
	}
	for outcome, n := range want {
		if have := counted(t, b.registry, requestsTotal, "outcome="+outcome); have != n {
			t.Errorf("%v requests counted as %s, want %v", have, outcome, n)
		}
	}
	all := counted(t, b.registry, requestsTotal)
	if n := float64(len(requests)); all != n || counted(t, b.registry, "fargate_webhook_request_duration_seconds") != n {
		t.Errorf("%v requests counted, want %v", all, n)
	}
	if n := counted(t, b.registry, requestsTotal, "webhook=validate", "resource=services", "operation=UPDATE", "outcome=denied"); n == 0 {
		t.Error("no refused update of a Service is counted")
	}
	if n := counted(t, b.registry, findingsTotal, "rule=profile-pin", "action=deny"); n == 0 || n > want["denied"] {
		t.Errorf("%v refusals of broken pins are counted", n)
	}
	if n := counted(t, b.registry, "fargate_webhook_requests_in_flight"); n != 0 {
		t.Errorf("%v requests are in flight", n)
	}
}

// What isn't answered by a decision has an outcome of its own.
func TestOutcomesWithoutDecision(t *testing.T) {
	unready := testProfiles(t)
	unready.ready = errors.New("no list yet")
	asked := false
	panicking := known{index: func() *profiles.Index {
		if !asked {
			asked = true
			panic("nobody has thought of this")
		}
		return profiles.NewIndex(nil)
	}}
	for name, c := range map[string]struct {
		list    Profiles
		body    string
		outcome string
		labels  []string
	}{
		"not a review":      {testProfiles(t), "{}", "invalid", []string{"operation=unknown", "resource=pods"}},
		"another kind":      {testProfiles(t), reviewOf(t, `"kind":"Pod"}`, `"kind":"Evil"}`), "invalid", []string{"operation=CREATE", "resource=other"}},
		"unknown operation": {testProfiles(t), reviewOf(t, "CREATE", "EVIL"), "invalid", []string{"operation=unknown", "resource=pods"}},
		"without an object": {testProfiles(t), reviewOf(t, `"object":{`, `"options":{`), "invalid", []string{"operation=CREATE"}},
		"deletion":          {testProfiles(t), reviewOf(t, "CREATE", "DELETE"), "allowed", []string{"operation=DELETE"}},
		"not ready":         {unready, reviewOf(t), "failed", nil},
		"panic":             {panicking, reviewOf(t), "failed", []string{"operation=CREATE"}},
	} {
		b := newBench(t, c.list)
		b.post(t, validatePods, c.body)
		if n := counted(t, b.registry, requestsTotal, append(c.labels, "webhook=validate", "outcome="+c.outcome)...); n != 1 {
			t.Errorf("%s: %v requests counted", name, n)
		}
		if n := counted(t, b.registry, requestsTotal); n != 1 {
			t.Errorf("%s: %v requests counted in all", name, n)
		}
	}
}

// Requests that are turned away, and those whose caller leaves, count as such.
func TestShedAndCanceledAreCounted(t *testing.T) {
	b := newBench(t, testProfiles(t))
	h, ok := b.handlers[validatePods].(*handler)
	if !ok {
		t.Fatalf("the handler is a %T", b.handlers[validatePods])
	}
	a := metrics.Answer{}
	a.Outcome = h.fail(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, validatePods, http.NoBody), &intake.BusyError{Stage: intake.LargeTurn})
	h.counts.Began()
	h.counts.Answered(&a, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, mutatePods, strings.NewReader(reviewOf(t)))
	r.Header.Set("Content-Type", "application/json")
	b.handlers[mutatePods].ServeHTTP(httptest.NewRecorder(), r)
	shed := counted(t, b.registry, requestsTotal, "outcome=shed")
	if left := counted(t, b.registry, requestsTotal, "outcome=canceled") + counted(t, b.registry, requestsTotal, "webhook=mutate", "outcome=shed"); shed < 1 || left != 1 {
		t.Errorf("%v shed, %v left", shed, left)
	}
}

// Mode Observe counts what it lets through, and the findings by which Enforce would refuse it.
func TestObservedIsCounted(t *testing.T) {
	b := newBench(t, testProfiles(t), func(p *policy.Policy) { p.Mode = policy.ModeObserve })
	b.post(t, validatePods, readFile(t, "testdata/validate/pod-broken-pin/request.json"))
	observed := counted(t, b.registry, requestsTotal, "outcome=observed")
	if n := counted(t, b.registry, findingsTotal, "rule=profile-pin", "action=would-deny"); observed != 1 || n != 1 {
		t.Errorf("%v observed, %v findings", observed, n)
	}
	if n := counted(t, b.registry, findingsTotal, "action=deny"); n != 0 {
		t.Errorf("%v findings refuse", n)
	}
}

// Whatever requests contain, the series stay those of the few values that labels have.
func TestHostileRequestsMakeNoSeries(t *testing.T) {
	b := newBench(t, testProfiles(t))
	random := rand.New(rand.NewPCG(1, 2))
	evil := func() string { return fmt.Sprintf("evil-%x", random.Uint64()) }
	quoted := func() string { return fmt.Sprintf("%q", evil()) }
	send := func() {
		path := validatePods
		if random.IntN(2) == 0 {
			path = mutatePods
		}
		parts := []string{`"username":"kim"`, `"username":` + quoted(), `"generateName":"web-"`, fmt.Sprintf(
			`"name":%s,"labels":{%s:%s,"eks.amazonaws.com/fargate-profile":%s},"annotations":{%s:%s}`, quoted(), quoted(), quoted(), quoted(), quoted(), quoted())}
		for part, with := range map[string]string{
			`"kind":"Pod"}`: `"kind":` + quoted() + `}`, `"resource":"pods"`: `"resource":` + quoted(), `"namespace":"apps"`: `"namespace":` + quoted(),
			`"operation":"CREATE"`: `"operation":` + quoted(), `{"containers":[{"name":"web"}]}`: fmt.Sprintf(
				`{"schedulerName":"fargate-scheduler","priorityClassName":"system-node-critical","containers":[{"name":%s,"resources":{"requests":{"cpu":"%d"}}}]}`, quoted(), random.IntN(20)),
			`"operation":`: `"subResource":` + quoted() + `,"operation":`,
		} {
			if random.IntN(3) == 0 {
				parts = append(parts, part, with)
			}
		}
		b.post(t, path, reviewOf(t, withoutConflicts(parts)...))
	}
	for range 1500 {
		send()
	}
	before := seriesOf(t, b.registry)
	for range 1500 {
		send()
	}
	after := seriesOf(t, b.registry)
	const most = 700
	if len(after) != len(before) || len(after) > most {
		t.Errorf("%d series, then %d; want as many, and at most %d", len(before), len(after), most)
	}
	if counted(t, b.registry, podsAdmitted, "profile=unknown") == 0 {
		t.Error("no pod of a made-up profile is admitted")
	}
	definitions := slices.Concat(metrics.Requests(), metrics.Pods())
	for _, s := range after {
		wantDefined(t, definitions, s)
	}
}

// withoutConflicts leaves out a replacement of a text that an earlier one has replaced.
func withoutConflicts(parts []string) (kept []string) {
	operation := false
	for i := 0; i < len(parts); i += 2 {
		if strings.HasPrefix(parts[i], `"operation":`) {
			if operation {
				continue
			}
			operation = true
		}
		kept = append(kept, parts[i], parts[i+1])
	}
	return kept
}

// series is a series of a metric.
type series struct {
	name   string
	labels map[string]string
}

// seriesOf returns all series but those of the buckets.
func seriesOf(t *testing.T, gatherer prometheus.Gatherer) []series {
	t.Helper()
	families, err := gatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all []series
	for _, family := range families {
		for _, m := range family.GetMetric() {
			s := series{name: family.GetName(), labels: map[string]string{}}
			for _, label := range m.GetLabel() {
				s.labels[label.GetName()] = label.GetValue()
			}
			all = append(all, s)
		}
	}
	return all
}

// wantDefined fails for a series whose labels have other values than its definition says.
func wantDefined(t *testing.T, definitions []metric.Definition, s series) {
	t.Helper()
	at := slices.IndexFunc(definitions, func(d metric.Definition) bool { return d.Name == s.name })
	if at < 0 {
		t.Fatalf("%s is not defined", s.name)
	}
	for _, label := range definitions[at].Labels {
		value := s.labels[label.Name]
		if label.Closed() && !slices.Contains(label.Values, value) || strings.Contains(value, "evil") {
			t.Errorf("%s: label %s is %q", s.name, label.Name, value)
		}
	}
}

// podReview returns the review of an object of a pod.
func podReview(t *testing.T, object json.RawMessage, dryRun bool) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": map[string]any{
			"uid": "u1", "kind": map[string]string{"version": "v1", "kind": "Pod"}, "resource": map[string]string{"version": "v1", "resource": "pods"},
			"namespace": "apps", "operation": admissionv1.Create, "dryRun": dryRun, "object": object,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// admit sends a pod through both webhooks, as EKS's API server does: after EKS's own has claimed it,
// the mutating one is called again. It returns the final answer.
func admit(t *testing.T, b *bench, object string, dryRun bool) *admissionv1.AdmissionResponse {
	t.Helper()
	current := json.RawMessage(object)
	mutate := func() {
		body := podReview(t, current, dryRun)
		if got := answerOf(t, b.post(t, mutatePods, body)); got.Patch != nil {
			current = apply(t, body, got.Patch)
		}
	}
	mutate()
	var pod map[string]any
	if err := json.Unmarshal(current, &pod); err != nil {
		t.Fatal(err)
	}
	metadata, _ := pod["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	labels["eks.amazonaws.com/fargate-profile"] = "apps-fargate-profile"
	spec, _ := pod["spec"].(map[string]any)
	spec["schedulerName"], spec["priorityClassName"] = "fargate-scheduler", "system-node-critical"
	var err error
	if current, err = json.Marshal(pod); err != nil {
		t.Fatal(err)
	}
	mutate()
	return answerOf(t, b.post(t, validatePods, podReview(t, current, dryRun)))
}

// managed is what the API server has added to the metadata of a pod by then.
const managed = `"managedFields":[{"manager":"kubectl","operation":"Update","time":"2026-11-27T12:00:00Z"}]`

// A pod and its resources are counted once, by what it requested: not once more when the webhook is
// called again, and not as what admission has raised.
func TestPodsAreCountedOnce(t *testing.T) { eachPrefilter(t, podsAreCountedOnce) }

// eachPrefilter runs a test under both values of prefilter: pods count in another phase. The
// validating webhook is called with either, as the API server does if a rule may have a finding.
func eachPrefilter(t *testing.T, test func(*testing.T, func(*policy.Policy))) {
	t.Helper()
	for _, value := range []policy.Prefilter{policy.PrefilterOn, policy.PrefilterOff} {
		t.Run(string(value), func(t *testing.T) { test(t, func(p *policy.Policy) { p.Calls.Prefilter = value }) })
	}
}

func podsAreCountedOnce(t *testing.T, prefilter func(*policy.Policy)) {
	t.Helper()
	b := newBench(t, testProfiles(t), prefilter)
	pod := `{"metadata":{"name":"web","labels":{"app":"web"},` + managed + `},"spec":{"containers":[{"name":"web","resources":{"requests":{"cpu":"600m","memory":"1Gi"}}},{"name":"proxy"}]}}`
	if got := admit(t, b, pod, false); !got.Allowed {
		t.Fatal(got.Result)
	}
	for name, want := range map[string]float64{
		podsAdmitted: 1, "fargate_webhook_pods_labeled_total": 1, "fargate_webhook_pods_pinned_total": 0,
		"fargate_webhook_pods_requested_cpu_cores_total": 0.6, "fargate_webhook_pods_requested_memory_bytes_total": 1 << 30,
		"fargate_webhook_pods_provisioned_cpu_cores_total": 1, "fargate_webhook_pods_provisioned_memory_bytes_total": 2 << 30,
		"fargate_webhook_pods_handed_out_cpu_cores_total": 1, "fargate_webhook_pods_handed_out_memory_bytes_total": 1792 << 20,
		"fargate_webhook_pods_unused_cpu_cores_total": 0.4, "fargate_webhook_pods_unused_memory_bytes_total": 768 << 20,
	} {
		if got := counted(t, b.registry, name, "profile=apps-fargate-profile"); got != want || counted(t, b.registry, name) != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for _, resource := range []string{"cpu", "memory"} {
		if n := counted(t, b.registry, "fargate_webhook_pods_raised_total", "resource="+resource); n != 1 {
			t.Errorf("%s of %v pods is raised", resource, n)
		}
	}
}

// A record that somebody pasted into a manifest doesn't say what the pod requests.
func TestPastedRecordIsNotCounted(t *testing.T) {
	b := newBench(t, testProfiles(t), func(p *policy.Policy) { p.Resources = policy.ResourcesOff })
	pod := `{"metadata":{"name":"web","labels":{"run":"on-fargate"},` + managed + `,"annotations":{"fargate-webhook/resources-applied":` +
		`"Fit anotherOne web=16/:1/,"}},` +
		`"spec":{"containers":[{"name":"web","resources":{"requests":{"cpu":"1"}}}]}}`
	if got := admit(t, b, pod, false); !got.Allowed {
		t.Fatal(got.Result)
	}
	if n := counted(t, b.registry, "fargate_webhook_pods_requested_cpu_cores_total"); n != 1 {
		t.Errorf("%v vCPU requested, want 1", n)
	}
}

// Dry runs and refused pods are no pods, and dry runs have no findings.
func TestWhatIsNotCreatedIsNotCounted(t *testing.T) { eachPrefilter(t, whatIsNotCreatedIsNotCounted) }

func whatIsNotCreatedIsNotCounted(t *testing.T, prefilter func(*policy.Policy)) {
	t.Helper()
	b := newBench(t, testProfiles(t), prefilter)
	const fine = `{"metadata":{"name":"web","labels":{"app":"web"}},"spec":{"containers":[{"name":"web"}]}}`
	const refused = `{"metadata":{"name":"web","labels":{"run":"on-fargate"}},"spec":{"hostNetwork":true,"containers":[{"name":"web"}]}}`
	if got := admit(t, b, fine, true); !got.Allowed {
		t.Fatal(got.Result)
	}
	if got := admit(t, b, refused, true); got.Allowed || counted(t, b.registry, findingsTotal) != 0 {
		t.Errorf("a dry run has %v findings", counted(t, b.registry, findingsTotal))
	}
	if got := admit(t, b, refused, false); got.Allowed || counted(t, b.registry, findingsTotal, "rule=host-namespaces", "action=deny") != 1 {
		t.Errorf("a refusal has %v findings", counted(t, b.registry, findingsTotal))
	}
	for _, name := range []string{podsAdmitted, "fargate_webhook_pods_requested_cpu_cores_total", "fargate_webhook_pods_labeled_total"} {
		if n := counted(t, b.registry, name); n != 0 {
			t.Errorf("%s is %v", name, n)
		}
	}
}

// The series of a profile go with it. Pods of a profile that isn't known count as such.
func TestSeriesGoWithTheirProfile(t *testing.T) { eachPrefilter(t, seriesGoWithTheirProfile) }

func seriesGoWithTheirProfile(t *testing.T, prefilter func(*policy.Policy)) {
	t.Helper()
	list := testProfiles(t)
	index := list.Index()
	b := newBench(t, known{index: func() *profiles.Index { return index }}, prefilter)
	const pod = `{"metadata":{"name":"web","labels":{"app":"web"}},"spec":{"containers":[{"name":"web"}]}}`
	admit(t, b, pod, false)
	if n := counted(t, b.registry, podsAdmitted, "profile=apps-fargate-profile"); n != 1 {
		t.Fatalf("%v pods are counted", n)
	}
	index = profiles.NewIndex(nil)
	if n := counted(t, b.registry, podsAdmitted); n != 0 {
		t.Errorf("%v pods of the deleted profile are counted", n)
	}
	admit(t, b, pod, false) // claimed by EKS for a profile that isn't known here
	if n := counted(t, b.registry, podsAdmitted, "profile=unknown"); n != 1 || counted(t, b.registry, podsAdmitted) != 1 {
		t.Errorf("%v pods of an unknown profile are counted", n)
	}
}

// With the prefilter a pod counts when it is mutated for the first time: EKS need not claim it, and it
// need not be judged. It doesn't count if it will be refused.
func TestPodsAreCountedWhenTheyAreMutated(t *testing.T) {
	for name, c := range map[string]struct {
		pod  string
		want float64
	}{
		"taken":            {`{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web"}]}}`, 1},
		"warned of":        {`{"metadata":{"labels":{"run":"on-fargate"}},"spec":{"hostUsers":false,"containers":[{"name":"web"}]}}`, 1},
		"refused":          {`{"metadata":{"labels":{"run":"on-fargate"}},"spec":{"hostPID":true,"containers":[{"name":"web"}]}}`, 0},
		"too large":        {`{"metadata":{"labels":{"run":"on-fargate"}},"spec":{"containers":[{"name":"web","resources":{"requests":{"cpu":"17"}}}]}}`, 0},
		"kept off Fargate": {`{"metadata":{"annotations":{"eks.amazonaws.com/compute-type":"ec2"}},"spec":{"containers":[{"name":"web"}]}}`, 0},
		"claimed before": {`{"metadata":{"labels":{"run":"on-fargate","eks.amazonaws.com/fargate-profile":"apps-fargate-profile"}},` +
			`"spec":{"schedulerName":"fargate-scheduler","priorityClassName":"system-node-critical","containers":[{"name":"web"}]}}`, 0},
	} {
		b := newBench(t, testProfiles(t), func(p *policy.Policy) { p.Calls.Prefilter = policy.PrefilterOn })
		if answer := answerOf(t, b.post(t, mutatePods, podReview(t, json.RawMessage(c.pod), false))); !answer.Allowed {
			t.Errorf("%s: %v", name, answer.Result)
		}
		if n := counted(t, b.registry, podsAdmitted); n != c.want {
			t.Errorf("%s: %v pods are counted, want %v", name, n, c.want)
		}
	}
}
