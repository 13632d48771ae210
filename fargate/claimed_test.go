package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
)

// TestRunningPods adds a privileged ephemeral container to pods that are there already: those on Fargate may not have it (F4.26).
func TestRunningPods(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*corev1.Pod)
		refused bool
		profile string
	}{
		"claimed": {func(p *corev1.Pod) {
			p.Labels[ProfileLabel], p.Spec.SchedulerName = "old", "fargate-scheduler"
		}, true, "old"},
		"claimed, selected no more (S23)": {func(p *corev1.Pod) {
			p.Labels = map[string]string{ProfileLabel: "old"}
			p.Spec.SchedulerName = "fargate-scheduler"
		}, true, "old"},
		"bound to a Fargate node": {func(p *corev1.Pod) {
			p.Labels = map[string]string{ProfileLabel: "old"}
			p.Spec.SchedulerName, p.Spec.NodeName = "fargate-scheduler", "fargate-ip-10-0-0-1.eu-west-1.compute.internal"
		}, true, "old"},
		"bound to a Fargate node, label removed": {func(p *corev1.Pod) {
			p.Labels, p.Spec.NodeName = nil, "fargate-ip-10-0-0-1.eu-west-1.compute.internal"
		}, true, ""},
		"bound to another node": {func(p *corev1.Pod) { p.Spec.NodeName = "ip-10-0-0-1" }, false, ""},
		"bound to another node, as if claimed": {func(p *corev1.Pod) {
			p.Labels[ProfileLabel], p.Spec.SchedulerName, p.Spec.NodeName = fixtures.Profile, "fargate-scheduler", "ip-10-0-0-1"
		}, false, ""},
		"neither, selected":   {func(*corev1.Pod) {}, true, fixtures.Profile},
		"neither, unselected": {func(p *corev1.Pod) { p.Labels = nil }, false, ""},
		"the label alone": {func(p *corev1.Pod) {
			p.Labels[ProfileLabel], p.Labels[fixtures.Label] = fixtures.Profile, "elsewhere"
		}, false, ""},
		"the scheduler alone": {func(p *corev1.Pod) { p.Labels, p.Spec.SchedulerName = nil, "fargate-scheduler" }, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			old := fixtures.Pod()
			c.change(old)
			policy := DefaultPolicy()
			request := Request{
				Operation: OperationUpdate, SubResource: "ephemeralcontainers", Phase: Validating, Namespace: fixtures.Namespace, Old: old,
			}
			d := Decide(ephemeral(old, "debug", true), request, fixtureIndex(), &policy)
			if d.Placement.Fargate != c.refused || d.Placement.Profile != c.profile || len(d.Placement.Labels) > 0 {
				t.Errorf("placement %+v", d.Placement)
			}
			if c.refused {
				checkRules(t, d.Findings, RulePrivileged)
			} else {
				checkRules(t, d.Findings)
			}
			checkRules(t, Decide(ephemeral(old, "debug", false), request, fixtureIndex(), &policy).Findings)
		})
	}
}

// TestEphemeralRatchet: what is there already is no reason to refuse another container, unless that is wrong as well.
func TestEphemeralRatchet(t *testing.T) {
	old := ephemeral(fixtures.Pod(), "first", true)
	policy := DefaultPolicy()
	request := Request{Operation: OperationUpdate, SubResource: "ephemeralcontainers", Phase: Validating, Namespace: fixtures.Namespace, Old: old}
	checkRules(t, Decide(ephemeral(old, "second", false), request, fixtureIndex(), &policy).Findings)
	checkRules(t, Decide(ephemeral(old, "second", true), request, fixtureIndex(), &policy).Findings, RulePrivileged)
}

// TestLabelledLater: labels after creation neither take a pod to Fargate nor away from it (S23).
func TestLabelledLater(t *testing.T) {
	policy := DefaultPolicy()
	elsewhere, selected := fixtures.Pod(), fixtures.Pod()
	elsewhere.Labels = nil
	elsewhere.Spec.HostNetwork, selected.Spec.HostNetwork = true, true
	request := Request{Operation: OperationUpdate, Phase: Validating, Namespace: fixtures.Namespace, Old: elsewhere}
	if d := Decide(selected, request, fixtureIndex(), &policy); d.Placement.Fargate || len(d.Findings) > 0 {
		t.Errorf("labelled later: %+v", d)
	}
	request.Old = fixtures.Pod()
	if d := Decide(elsewhere, request, fixtureIndex(), &policy); !d.Placement.Fargate {
		t.Errorf("label removed later: %+v", d)
	} else {
		checkRules(t, d.Findings, RuleHostNamespaces)
	}
}

// TestJustClaimed: in the validating phase EKS has claimed a pod already, perhaps for a profile that is not known here yet. That is no
// broken pin, and what Fargate can't run is told of it as of any other.
func TestJustClaimed(t *testing.T) {
	policy := DefaultPolicy()
	request := Request{Operation: OperationCreate, Phase: Validating, Namespace: fixtures.Namespace}
	pod := fixtures.Pod()
	pod.Labels[ProfileLabel] = "brand-new"
	checkRules(t, Decide(pod, request, fixtureIndex(), &policy).Findings, RuleProfilePin)
	pod.Spec.SchedulerName, pod.Spec.PriorityClassName = "fargate-scheduler", "system-node-critical"
	if d := Decide(pod, request, fixtureIndex(), &policy); !d.Placement.Fargate || d.Placement.Profile != "brand-new" || len(d.Findings) > 0 {
		t.Errorf("%+v", d)
	}
	pod.Spec.HostNetwork = true
	checkRules(t, Decide(pod, request, fixtureIndex(), &policy).Findings, RuleHostNamespaces)
	optedOut := pod.DeepCopy() // by a webhook that EKS was asked before
	optedOut.Annotations = map[string]string{computeTypeKey: computeTypeEC2}
	checkRules(t, Decide(optedOut, request, fixtureIndex(), &policy).Findings, RuleHostNamespaces)
	request.Phase = Mutating
	if d := Decide(pod, request, fixtureIndex(), &policy); d.Placement.Fargate {
		t.Errorf("nobody has claimed it before EKS was asked: %+v", d.Placement)
	}
}
