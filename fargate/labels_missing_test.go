package fargate

import (
	"strings"
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// A pod that reaches the validating phase without its labels is refused for that alone. Where there
// are other nodes, one that Fargate can't run doesn't get them, and runs there.
func TestLabelsMissing(t *testing.T) {
	yes := true
	pod := fixtures.Pod()
	pod.Labels = map[string]string{"app": "web"}
	// On Fargate, where it won't run, more would be wrong with it.
	pod.Spec.HostNetwork = true
	pod.Spec.Containers[0].SecurityContext.Privileged = &yes
	created := func(phase Phase) Request { return Request{Operation: OperationCreate, Phase: phase} }
	debugged := Request{Operation: OperationUpdate, Phase: Validating, SubResource: "ephemeralcontainers", Old: fixtures.Pod()}
	refused := []*rules.Rule{rules.HostNamespaces, rules.Privileged}
	for name, c := range map[string]struct {
		request     Request
		mixed, only []*rules.Rule
	}{
		"validating":      {created(Validating), []*rules.Rule{rules.NotInjected}, []*rules.Rule{rules.LabelsMissing}},
		"mutating":        {created(Mutating), nil, nil},
		"whole admission": {created(WholeAdmission), []*rules.Rule{rules.NotInjected}, refused},
		// S23: a running pod isn't taken to Fargate.
		"running":                   {Request{Operation: OperationUpdate, Phase: Validating, Old: pod}, nil, nil},
		"ephemeral container added": {debugged, refused, refused},
	} {
		t.Run(name, func(t *testing.T) {
			c.request.Namespace = fixtures.Namespace
			checkRules(t, Decide(pod, c.request, fixtureIndex(), policyWith()).Findings, c.mixed...)
			d := Decide(pod, c.request, fixtureIndex(), policyWith(fargateOnly))
			checkRules(t, d.Findings, c.only...)
			for _, f := range d.Findings {
				if label := `{run: "on-fargate"}`; f.Rule == rules.LabelsMissing.ID && (!strings.Contains(f.Message, label) || !strings.Contains(f.Remedy, label)) {
					t.Errorf("message %q and remedy %q must name %s", f.Message, f.Remedy, label)
				}
			}
		})
	}
}

// With the rule Off nothing else is reported of a pod that won't run on Fargate.
func TestLabelsMissingOff(t *testing.T) {
	pod := fixtures.Pod()
	pod.Labels = nil
	pod.Spec.HostNetwork = true
	d := Decide(pod, requestIn(Validating, nil), fixtureIndex(), policyWith(fargateOnly, ruled(rules.LabelsMissing, policy.Off)))
	checkRules(t, d.Findings)
}

// EKS claims a pod whose pin is missing, so the pod is checked as any other on Fargate.
func TestMissingPinIsNoMissingLabel(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.HostPID = true
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("a", fargatetest.Selects(fixtures.Namespace)), fargatetest.Profile("b", fargatetest.Selects(fixtures.Namespace))})
	d := Decide(pod, requestIn(Validating, nil), index, policyWith())
	if d.Placement.Labels[placement.ProfileLabel] != "a" {
		t.Fatalf("not pinned: %+v", d.Placement)
	}
	checkRules(t, d.Findings, rules.HostNamespaces)
}
