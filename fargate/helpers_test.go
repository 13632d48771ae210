package fargate

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// fixtureIndex returns an index of the profile that the fixtures are made for.
func fixtureIndex() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{
		fargatetest.Profile(fixtures.Profile, fargatetest.Selects(fixtures.Namespace, fixtures.Label, fixtures.Value)),
	})
}

// policyWith returns the default policy, changed.
func policyWith(change ...func(*policy.Policy)) *policy.Policy {
	p := policy.Default()
	for _, c := range change {
		c(&p)
	}
	return &p
}

// ruled sets the action of a rule.
func ruled(rule *rules.Rule, action policy.Action) func(*policy.Policy) {
	return func(p *policy.Policy) {
		if p.Rules == nil {
			p.Rules = map[policy.RuleID]policy.Action{}
		}
		p.Rules[rule.ID] = action
	}
}

// labelsOff adds no labels to pods.
func labelsOff(p *policy.Policy) { p.Labels = policy.LabelsOff }

// joinsAllowed adds labels although Services and so on will select the pod by them.
func joinsAllowed(p *policy.Policy) { p.LabelJoins = policy.LabelJoinsAllow }

// fargateOnly is for a cluster without other nodes.
func fargateOnly(p *policy.Policy) { p.Nodes = policy.NodesFargateOnly }

// observing changes and refuses nothing.
func observing(p *policy.Policy) { p.Mode = policy.ModeObserve }

// exempting exempts namespaces.
func exempting(pattern string) func(*policy.Policy) {
	return func(p *policy.Policy) { p.Exempt.Namespaces = []profiles.Pattern{profiles.NewPattern(pattern)} }
}

// requestIn returns the request that creates an object in the fixtures' namespace, or updates old
// to it.
func requestIn(phase Phase, old runtime.Object) Request {
	request := Request{Operation: OperationCreate, Phase: phase, Namespace: fixtures.Namespace}
	if old != nil {
		request.Operation, request.Old = OperationUpdate, old
	}
	return request
}

// unlabelled returns a pod that the fixtures' profile would take with more labels.
func unlabelled() *corev1.Pod {
	pod := fixtures.Pod()
	pod.Labels = map[string]string{"app": "web"}
	return pod
}

// deleted marks an object as being deleted.
func deleted[T metav1.Object](object T) T {
	object.SetDeletionTimestamp(&metav1.Time{})
	return object
}

// checkRules compares the rules of findings, in order.
func checkRules(t *testing.T, findings []rules.Finding, want ...*rules.Rule) {
	t.Helper()
	ok := len(findings) == len(want)
	for i := range findings {
		ok = ok && findings[i].Rule == want[i].ID
	}
	if !ok {
		ids := make([]policy.RuleID, 0, len(want))
		for _, rule := range want {
			ids = append(ids, rule.ID)
		}
		t.Errorf("findings %+v, want those of rules %q", findings, ids)
	}
}

// places returns action, rule and field of each finding, as "Deny node-port spec.type", for each
// field that it names.
func places(d *Decision) []string {
	var all []string
	for _, f := range d.Findings {
		fields := f.Fields
		if fields == nil {
			fields = []string{f.Field}
		}
		for _, field := range fields {
			all = append(all, fmt.Sprintf("%s %s %s", f.Action, f.Rule, field))
		}
	}
	return all
}

// messages returns action, rule and message of each finding, as "Deny label-adopted: message".
func messages(d *Decision) []string {
	var all []string
	for _, f := range d.Findings {
		all = append(all, fmt.Sprintf("%s %s: %s", f.Action, f.Rule, f.Message))
	}
	return all
}

// patchText returns the operations of a patch, as `add /path "value"; remove /path`.
func patchText(t rapid.TB, patch jsonpatch.Patch) string {
	t.Helper()
	var all []string
	for _, op := range patch {
		text := op.Op + " " + op.Path
		if op.Value != nil {
			text += " " + string(fargatetest.JSON(t, op.Value))
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// patched returns a copy of an object with a patch applied, as the API server applies it.
func patched[T any](t rapid.TB, object *T, patch jsonpatch.Patch) *T {
	t.Helper()
	out := new(T)
	fargatetest.Decode(t, fargatetest.PatchedJSON(t, fargatetest.JSON(t, object), patch), out)
	return out
}

// withReader returns a request that knows other objects.
func withReader(request Request, reader cluster.Reader) Request {
	request.Cluster = reader
	return request
}
