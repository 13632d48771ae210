package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
)

// A privileged ephemeral container is refused in a running pod on Fargate, and in no other (F4.26).
func TestEphemeralContainerOfRunningPod(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*corev1.Pod)
		refused bool
		profile string
	}{
		"claimed": {func(p *corev1.Pod) {
			p.Labels[placement.ProfileLabel], p.Spec.SchedulerName = "old", "fargate-scheduler"
		}, true, "old"},
		"claimed, no longer selected (S23)": {func(p *corev1.Pod) {
			p.Labels = map[string]string{placement.ProfileLabel: "old"}
			p.Spec.SchedulerName = "fargate-scheduler"
		}, true, "old"},
		"bound to a Fargate node": {func(p *corev1.Pod) {
			p.Labels = map[string]string{placement.ProfileLabel: "old"}
			p.Spec.SchedulerName, p.Spec.NodeName = "fargate-scheduler", "fargate-ip-10-0-0-1.eu-west-1.compute.internal"
		}, true, "old"},
		"bound to a Fargate node, label removed": {func(p *corev1.Pod) {
			p.Labels, p.Spec.NodeName = nil, "fargate-ip-10-0-0-1.eu-west-1.compute.internal"
		}, true, ""},
		"bound to an EC2 node": {func(p *corev1.Pod) { p.Spec.NodeName = "ip-10-0-0-1" }, false, ""},
		"bound to an EC2 node, label and scheduler set": {func(p *corev1.Pod) {
			p.Labels[placement.ProfileLabel], p.Spec.SchedulerName, p.Spec.NodeName = fixtures.Profile, "fargate-scheduler", "ip-10-0-0-1"
		}, false, ""},
		"selected":     {func(*corev1.Pod) {}, true, fixtures.Profile},
		"not selected": {func(p *corev1.Pod) { p.Labels = nil }, false, ""},
		"label only": {func(p *corev1.Pod) {
			p.Labels[placement.ProfileLabel], p.Labels[fixtures.Label] = fixtures.Profile, "elsewhere"
		}, false, ""},
		"scheduler only": {func(p *corev1.Pod) { p.Labels, p.Spec.SchedulerName = nil, "fargate-scheduler" }, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			old := fixtures.Pod()
			c.change(old)
			request := requestIn(Validating, old)
			request.SubResource = "ephemeralcontainers"
			d := Decide(debugged(old, "debug", true), request, fixtureIndex(), policyWith())
			if d.Placement.Fargate != c.refused || d.Placement.Profile != c.profile || len(d.Placement.Labels) > 0 {
				t.Errorf("placement %+v, want on Fargate: %v, profile %q", d.Placement, c.refused, c.profile)
			}
			if c.refused {
				checkRules(t, d.Findings, rules.Privileged)
			} else {
				checkRules(t, d.Findings)
			}
			checkRules(t, Decide(debugged(old, "debug", false), request, fixtureIndex(), policyWith()).Findings)
		})
	}
}

// A problem of an existing ephemeral container is no reason to refuse another container without
// one.
func TestEphemeralContainerIsNotRefusedForAnother(t *testing.T) {
	old := debugged(fixtures.Pod(), "first", true)
	request := requestIn(Validating, old)
	request.SubResource = "ephemeralcontainers"
	checkRules(t, Decide(debugged(old, "second", false), request, fixtureIndex(), policyWith()).Findings)
	checkRules(t, Decide(debugged(old, "second", true), request, fixtureIndex(), policyWith()).Findings, rules.Privileged)
}

// Changing labels after creation neither takes a pod to Fargate nor off it (S23).
func TestLabelsOfRunningPodDontPlaceIt(t *testing.T) {
	elsewhere, selected := fixtures.Pod(), fixtures.Pod()
	elsewhere.Labels = nil
	elsewhere.Spec.HostNetwork, selected.Spec.HostNetwork = true, true
	request := requestIn(Validating, elsewhere)
	if d := Decide(selected, request, fixtureIndex(), policyWith()); d.Placement.Fargate || len(d.Findings) > 0 {
		t.Errorf("label added later: %+v", d)
	}
	request.Old = fixtures.Pod()
	if d := Decide(elsewhere, request, fixtureIndex(), policyWith()); !d.Placement.Fargate {
		t.Errorf("label removed later: %+v", d)
	} else {
		checkRules(t, d.Findings, rules.HostNamespaces)
	}
}

// In the validating phase EKS has already claimed a pod, perhaps for a profile that isn't known
// here yet. The label is then no broken pin, and the pod is checked as any other on Fargate.
func TestPodClaimedInTheSameAdmission(t *testing.T) {
	request := requestIn(Validating, nil)
	pod := fixtures.Pod()
	pod.Labels[placement.ProfileLabel] = "brand-new"
	checkRules(t, Decide(pod, request, fixtureIndex(), policyWith()).Findings, rules.ProfilePin)
	pod.Spec.SchedulerName, pod.Spec.PriorityClassName = "fargate-scheduler", "system-node-critical"
	if d := Decide(pod, request, fixtureIndex(), policyWith()); !d.Placement.Fargate || d.Placement.Profile != "brand-new" || len(d.Findings) > 0 {
		t.Errorf("claimed for an unknown profile: %+v", d)
	}
	pod.Spec.HostNetwork = true
	checkRules(t, Decide(pod, request, fixtureIndex(), policyWith()).Findings, rules.HostNamespaces)
	optedOut := pod.DeepCopy() // by a webhook called after that of EKS
	optedOut.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
	checkRules(t, Decide(optedOut, request, fixtureIndex(), policyWith()).Findings, rules.HostNamespaces)
	request.Phase = Mutating
	if d := Decide(pod, request, fixtureIndex(), policyWith()); d.Placement.Fargate {
		t.Errorf("claimed before EKS is called: %+v", d.Placement)
	}
}

// debugged returns a pod with one more ephemeral container, privileged or not.
func debugged(pod *corev1.Pod, name string, privileged bool) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, corev1.EphemeralContainer{
		EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: name, SecurityContext: &corev1.SecurityContext{Privileged: &privileged}},
	})
	return pod
}
