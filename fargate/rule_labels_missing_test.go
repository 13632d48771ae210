package fargate

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/profiles"
)

func TestLabelsMissing(t *testing.T) {
	yes := true
	pod := fixtures.Pod()
	pod.Labels = map[string]string{"app": "web"}
	// Much would be wrong with it on Fargate, where it won't be.
	pod.Spec.HostNetwork = true
	pod.Spec.Containers[0].SecurityContext.Privileged = &yes
	for name, c := range map[string]struct {
		request Request
		want    []RuleID
	}{
		"final":           {Request{Operation: OperationCreate, Phase: Validating}, []RuleID{RuleLabelsMissing}},
		"to be mutated":   {Request{Operation: OperationCreate, Phase: Mutating}, nil},
		"whole admission": {Request{Operation: OperationCreate}, []RuleID{RuleHostNamespaces, RulePrivileged}},
		// S23: it is not Fargate's, and it won't be.
		"running":       {Request{Operation: OperationUpdate, Phase: Validating}, nil},
		"its ephemeral": {Request{Operation: OperationUpdate, Phase: Validating, SubResource: "ephemeralcontainers", Old: fixtures.Pod()}, []RuleID{RuleHostNamespaces, RulePrivileged}},
	} {
		t.Run(name, func(t *testing.T) {
			policy := DefaultPolicy()
			c.request.Namespace = fixtures.Namespace
			d := Decide(pod, c.request, fixtureIndex(), &policy)
			checkRules(t, d.Findings, c.want...)
			for _, f := range d.Findings {
				if label := `{run: "on-fargate"}`; f.Rule == RuleLabelsMissing && (!strings.Contains(f.Message, label) || !strings.Contains(f.Remedy, label)) {
					t.Errorf("%q, %q: neither says which label", f.Message, f.Remedy)
				}
			}
		})
	}
}

// TestLabelsMissingOff: without the rule there is still nothing else to say of a pod that won't be Fargate's.
func TestLabelsMissingOff(t *testing.T) {
	pod := fixtures.Pod()
	pod.Labels = nil
	pod.Spec.HostNetwork = true
	policy := DefaultPolicy()
	policy.Rules = map[RuleID]Action{RuleLabelsMissing: ActionOff}
	d := Decide(pod, Request{Operation: OperationCreate, Phase: Validating, Namespace: fixtures.Namespace}, fixtureIndex(), &policy)
	checkRules(t, d.Findings)
}

// TestPinMissing: EKS claims a pod without the pin all the same, so that all else is looked at.
func TestPinMissing(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.HostPID = true
	index := profiles.NewIndex([]profiles.Profile{profile("a", selects(fixtures.Namespace)), profile("b", selects(fixtures.Namespace))})
	policy := DefaultPolicy()
	d := Decide(pod, Request{Operation: OperationCreate, Phase: Validating, Namespace: fixtures.Namespace}, index, &policy)
	if d.Placement.Labels[ProfileLabel] != "a" {
		t.Fatalf("it isn't pinned: %v", d.Placement)
	}
	checkRules(t, d.Findings, RuleHostNamespaces)
}

// checkRules compares the rules of findings, in order.
func checkRules(t *testing.T, findings []Finding, want ...RuleID) {
	t.Helper()
	ok := len(findings) == len(want)
	for i := range findings {
		ok = ok && findings[i].Rule == want[i]
	}
	if !ok {
		t.Errorf("got %v, want rules %v", findings, want)
	}
}

// ephemeral is a pod with an ephemeral container more, privileged or not.
func ephemeral(pod *corev1.Pod, name string, privileged bool) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, corev1.EphemeralContainer{
		EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: name, SecurityContext: &corev1.SecurityContext{Privileged: &privileged}},
	})
	return pod
}
