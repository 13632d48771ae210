package fargate_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// onHost returns a pod that shares the network of its node, with labels.
func onHost(labels map[string]string) *corev1.Pod {
	pod := fixtures.Pod()
	pod.Labels = labels
	pod.Spec.HostNetwork = true
	return pod
}

// checkFoundBy compares the rules of findings, in order.
func checkFoundBy(t *testing.T, findings []rules.Finding, want ...*rules.Rule) {
	t.Helper()
	got, ids := make([]policy.RuleID, 0, len(findings)), make([]policy.RuleID, 0, len(want))
	for i := range findings {
		got = append(got, findings[i].Rule)
	}
	for _, rule := range want {
		ids = append(ids, rule.ID)
	}
	if !slices.Equal(got, ids) {
		t.Errorf("got %+v, want findings of the rules %q", findings, ids)
	}
}

// A pod that reaches the validating phase without its labels isn't on Fargate, so nothing else is
// reported.
func TestLabelsMissing(t *testing.T) {
	const create, update = fargate.OperationCreate, fargate.OperationUpdate
	yes := true
	pod := onHost(map[string]string{"app": "web"})
	pod.Spec.Containers[0].SecurityContext.Privileged = &yes
	for name, c := range map[string]struct {
		request fargate.Request
		want    []*rules.Rule
	}{
		"validating":      {fargate.Request{Operation: create, Phase: fargate.Validating}, []*rules.Rule{rules.LabelsMissing}},
		"mutating":        {fargate.Request{Operation: create, Phase: fargate.Mutating}, nil},
		"whole admission": {fargate.Request{Operation: create}, []*rules.Rule{rules.HostNamespaces, rules.Privileged}},
		// EKS doesn't look at a running pod again (S23).
		"running": {fargate.Request{Operation: update, Phase: fargate.Validating}, nil},
		"ephemeral container of a pod on Fargate": {
			fargate.Request{Operation: update, Phase: fargate.Validating, SubResource: "ephemeralcontainers", Old: fixtures.Pod()},
			[]*rules.Rule{rules.HostNamespaces, rules.Privileged},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := policy.Default()
			c.request.Namespace = fixtures.Namespace
			d := fargate.Decide(pod, c.request, fixtureIndex(), &p)
			checkFoundBy(t, d.Findings, c.want...)
			for _, f := range d.Findings {
				if label := `{run: "on-fargate"}`; f.Rule == rules.LabelsMissing.ID && (!strings.Contains(f.Message, label) || !strings.Contains(f.Remedy, label)) {
					t.Errorf("%q and %q must name the label", f.Message, f.Remedy)
				}
			}
		})
	}
}

// With the rule off there is still nothing else to report about a pod that doesn't run on Fargate.
func TestLabelsMissingOff(t *testing.T) {
	p := policy.Default()
	p.Rules = map[policy.RuleID]policy.Action{rules.LabelsMissing.ID: policy.Off}
	request := fargate.Request{Operation: fargate.OperationCreate, Phase: fargate.Validating, Namespace: fixtures.Namespace}
	checkFoundBy(t, fargate.Decide(onHost(nil), request, fixtureIndex(), &p).Findings)
}

// EKS claims a pod without its pin too, so a missing pin is no missing label.
func TestMissingPinIsNotReported(t *testing.T) {
	selects := fargatetest.Selects(fixtures.Namespace)
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("a", selects), fargatetest.Profile("b", selects)})
	p := policy.Default()
	request := fargate.Request{Operation: fargate.OperationCreate, Phase: fargate.Validating, Namespace: fixtures.Namespace}
	d := fargate.Decide(onHost(nil), request, index, &p)
	if d.Placement.Labels[placement.ProfileLabel] != "a" {
		t.Fatalf("the pod isn't pinned: %+v", d.Placement)
	}
	checkFoundBy(t, d.Findings, rules.HostNamespaces)
}
