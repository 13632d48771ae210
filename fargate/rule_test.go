package fargate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
)

// subjectOf is a pod that will run on Fargate as the rules see it, under the default policy.
func subjectOf(pod *corev1.Pod) *subject {
	policy := DefaultPolicy()
	return &subject{
		request:   &Request{Operation: OperationCreate, Namespace: fixtures.Namespace},
		meta:      &pod.ObjectMeta,
		spec:      &pod.Spec,
		placement: Placement{Fargate: true, Profile: fixtures.Profile},
		settings:  &policy.Settings,
	}
}

// told is what one rule says of a pod: field and message of each finding.
func told(t *testing.T, id RuleID, s *subject) []string {
	t.Helper()
	var all []string
	for _, f := range s.findings() {
		if f.Rule != id {
			t.Errorf("[%s] is found too: %s", f.Rule, f.Message)
			continue
		}
		if f.Remedy == "" {
			t.Errorf("%s: no remedy", f.Field)
		}
		all = append(all, f.Field+": "+f.Message)
	}
	return all
}

// checkTold changes the minimal pod and compares what a rule says of it.
func checkTold(t *testing.T, id RuleID, change func(*corev1.Pod), want ...string) {
	t.Helper()
	pod := fixtures.Pod()
	change(pod)
	if diff := cmp.Diff(want, told(t, id, subjectOf(pod))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
