package fargate

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// checkObserved wants no change and no refusal, whatever the phase. It returns the decision of the
// validating phase, which reports what Enforce would do.
func checkObserved(t rapid.TB, object runtime.Object, request Request, index *profiles.Index, p *policy.Policy) Decision {
	t.Helper()
	var last Decision
	for _, phase := range []Phase{Mutating, WholeAdmission, Validating} {
		request.Phase = phase
		last = Decide(object, request, index, p)
		if len(last.Patch) > 0 || len(denied(&last)) > 0 {
			t.Errorf("phase %v: patch %s, refused for %v", phase, patchText(t, last.Patch), denied(&last))
		}
		if phase == Mutating && len(last.Findings)+len(last.WouldPatch()) > 0 {
			t.Errorf("the mutating phase reports %q, and would patch %s", messages(&last), patchText(t, last.WouldPatch()))
		}
	}
	return last
}

// Mode Observe reports as warnings what mode Enforce refuses, and what it changes.
func TestObserve(t *testing.T) {
	refused := fixtures.Pod()
	refused.Spec.HostNetwork = true
	d := checkObserved(t, refused, requestIn(Validating, nil), fixtureIndex(), policyWith(observing))
	if len(d.Findings) != 1 || d.Findings[0].Rule != rules.HostNamespaces.ID || d.Findings[0].Action != policy.Warn || !d.Findings[0].WouldDeny {
		t.Errorf("findings %+v", d.Findings)
	}

	enforced := Decide(unlabelled(), requestIn(WholeAdmission, nil), fixtureIndex(), policyWith())
	d = checkObserved(t, unlabelled(), requestIn(Validating, nil), fixtureIndex(), policyWith(observing))
	if got, want := patchText(t, d.WouldPatch()), patchText(t, enforced.Patch); got != want || want == "" || d.Placement.Fargate || !d.Enforced.Placement.Fargate || d.Size != nil || len(d.Findings) > 0 {
		t.Errorf("would patch %s, want %s; placement %+v, findings %q", got, want, d.Placement, messages(&d))
	}

	// A mere warning would deny nothing.
	d = checkObserved(t, refused, requestIn(Validating, nil), fixtureIndex(), policyWith(observing, ruled(rules.HostNamespaces, policy.Warn)))
	if len(d.Findings) != 1 || d.Findings[0].WouldDeny {
		t.Errorf("findings %+v", d.Findings)
	}
	// What was there before is not reported again.
	if d := checkObserved(t, refused, requestIn(Validating, refused.DeepCopy()), fixtureIndex(), policyWith(observing)); len(d.Findings) > 0 {
		t.Errorf("on update: %q", messages(&d))
	}
	if d := checkObserved(t, refused, requestIn(Validating, nil), fixtureIndex(), policyWith(observing, exempting(fixtures.Namespace))); len(d.Findings)+len(d.WouldPatch()) > 0 {
		t.Errorf("exempt: %q", messages(&d))
	}
}

// The mode is that of the namespace.
func TestObserveByNamespace(t *testing.T) {
	p := policyWith(observing)
	enforced := p.Settings
	enforced.Mode = policy.ModeEnforce
	p.Namespaces = []policy.NamespaceSettings{{Match: profiles.NewPattern("team-a"), Settings: enforced}}
	for namespace, patches := range map[string]bool{"team-a": true, "team-b": false} {
		d := Decide(fixtures.Pod(), Request{Operation: OperationCreate, Phase: Mutating, Namespace: namespace}, fargatetest.Everywhere(), p)
		if (len(d.Patch) > 0) != patches {
			t.Errorf("%s: patch %s, want one: %v", namespace, patchText(t, d.Patch), patches)
		}
	}
}

// In mode Observe each fixture is admitted unchanged, and each one that Enforce denies is reported
// so.
func TestObserveFixtures(t *testing.T) {
	for _, f := range fixtures.All() {
		p := policyWith(observing)
		p.Workloads, p.SteerDaemonSets, p.RewriteNodePorts = policy.Deny, true, true
		if f.JoinsAllowed {
			joinsAllowed(p)
		}
		if f.FargateOnly {
			fargateOnly(p)
		}
		reader := &fargatetest.Cluster{}
		for _, object := range f.Cluster {
			if o, ok := object.(metav1.Object); ok {
				reader.Objects = append(reader.Objects, o)
			}
		}
		request := withReader(requestIn(Validating, f.Old), reader)
		request.SubResource = f.SubResource
		checkObserved(t, f.Object, request, fixtureIndex(), p)
	}
}

// Of 1,000 creates (ten in each of rapid's 100 checks) none is changed or refused, and those that
// Enforce would refuse or change are reported.
func TestLawObserveChangesAndRefusesNothing(t *testing.T) {
	creates, refused, changed := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			g := drawGuarded(t)
			if rapid.Bool().Draw(t, "without other nodes") {
				fargateOnly(g.policy)
			}
			object := runtime.Object(g.pod)
			template := corev1.PodTemplateSpec{ObjectMeta: g.pod.ObjectMeta, Spec: g.pod.Spec}
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				object = &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: template, Selector: &metav1.LabelSelector{MatchLabels: g.pod.Labels}}}
			case 1:
				object = &appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{Template: template, Selector: &metav1.LabelSelector{MatchLabels: g.pod.Labels}}}
			case 2:
				kind := rapid.SampledFrom([]corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer}).Draw(t, "type")
				object = &corev1.Service{Spec: corev1.ServiceSpec{Type: kind, Selector: g.pod.Labels}}
			}
			enforced := Decide(object, withReader(requestIn(WholeAdmission, nil), g.reader), g.index, g.policy)
			observing(g.policy)
			d := checkObserved(t, object, withReader(requestIn(Validating, nil), g.reader), g.index, g.policy)
			would := 0
			for _, f := range d.Findings {
				if f.WouldDeny {
					would++
				}
			}
			if enforced.OfPods { // which are changed when they are created
				enforced.Patch = nil
			}
			if len(d.Findings) != len(enforced.Findings) || would != len(denied(&enforced)) || patchText(t, d.WouldPatch()) != patchText(t, enforced.Patch) {
				t.Errorf("reported %q and %s, enforced %q and %s", messages(&d), patchText(t, d.WouldPatch()), messages(&enforced), patchText(t, enforced.Patch))
			}
			creates++
			refused += min(1, would)
			changed += min(1, len(d.WouldPatch()))
		}
	})
	if creates < 1000 || refused == 0 || changed == 0 {
		t.Errorf("%d creates, %d that would be refused and %d that would be changed", creates, refused, changed)
	}
}
