package fargate

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// A pod joins and leaves exactly the objects whose selectors start and stop matching it, by the
// rules of Kubernetes (S24).
func TestLabelJoins(t *testing.T) {
	run := map[string]string{"run": "on-fargate"}
	for name, c := range map[string]struct {
		objects []metav1.Object
		want    string // the end of the message
	}{
		"Service":                      {objects: []metav1.Object{fargatetest.Service("web", run)}, want: `joins Service "web"`},
		"Service of an app":            {objects: []metav1.Object{fargatetest.Service("web", map[string]string{"app": "web", "run": "on-fargate"})}, want: `joins Service "web"`},
		"Service of another app":       {objects: []metav1.Object{fargatetest.Service("web", map[string]string{"app": "db", "run": "on-fargate"})}},
		"Service that matches already": {objects: []metav1.Object{fargatetest.Service("web", map[string]string{"app": "web"})}},
		"Service of another value":     {objects: []metav1.Object{fargatetest.Service("web", map[string]string{"run": "on-ec2"})}},
		"Service without selector":     {objects: []metav1.Object{fargatetest.Service("nil", nil), fargatetest.Service("empty", map[string]string{})}},
		"ExternalName": {objects: []metav1.Object{&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, Selector: run},
		}}},
		"by EKS's own label (F1.7)": {objects: []metav1.Object{fargatetest.Service("web", map[string]string{placement.ProfileLabel: fixtures.Profile})}, want: `joins Service "web"`},

		"budget":                  {objects: []metav1.Object{fargatetest.PodDisruptionBudget("web", fargatetest.MatchLabels("run", "on-fargate"))}, want: `joins PodDisruptionBudget "web"`},
		"budget without selector": {objects: []metav1.Object{fargatetest.PodDisruptionBudget("web", nil)}},
		"budget for all":          {objects: []metav1.Object{fargatetest.PodDisruptionBudget("web", fargatetest.MatchLabels())}},
		"budget In":               {objects: []metav1.Object{fargatetest.PodDisruptionBudget("web", runLabel(metav1.LabelSelectorOpIn, "x", "on-fargate"))}, want: `joins PodDisruptionBudget "web"`},
		"budget Exists":           {objects: []metav1.Object{fargatetest.PodDisruptionBudget("web", runLabel(metav1.LabelSelectorOpExists))}, want: `joins PodDisruptionBudget "web"`},
		"budget NotIn":            {objects: []metav1.Object{fargatetest.PodDisruptionBudget("web", runLabel(metav1.LabelSelectorOpNotIn, "on-fargate"))}, want: `leaves PodDisruptionBudget "web"`},
		"budget NotIn other":      {objects: []metav1.Object{fargatetest.PodDisruptionBudget("web", runLabel(metav1.LabelSelectorOpNotIn, "x"))}},
		"invalid selector":        {objects: []metav1.Object{fargatetest.PodDisruptionBudget("web", runLabel("Roughly", "on-fargate")), fargatetest.PodDisruptionBudget("db", runLabel(metav1.LabelSelectorOpIn))}},

		"network policy":              {objects: []metav1.Object{fargatetest.NetworkPolicy("web", fargatetest.MatchLabels("run", "on-fargate"))}, want: `joins NetworkPolicy "web"`},
		"network policy for all":      {objects: []metav1.Object{fargatetest.NetworkPolicy("web", fargatetest.MatchLabels())}},
		"network policy DoesNotExist": {objects: []metav1.Object{fargatetest.NetworkPolicy("web", runLabel(metav1.LabelSelectorOpDoesNotExist))}, want: `leaves NetworkPolicy "web"`},

		"being deleted": {objects: []metav1.Object{
			deleted(fargatetest.Service("web", run)), deleted(fargatetest.PodDisruptionBudget("web", fargatetest.MatchLabels("run", "on-fargate"))), deleted(fargatetest.NetworkPolicy("web", fargatetest.MatchLabels("run", "on-fargate"))),
		}},
		"many": {objects: []metav1.Object{
			fargatetest.NetworkPolicy("open", runLabel(metav1.LabelSelectorOpDoesNotExist)), fargatetest.PodDisruptionBudget("web", fargatetest.MatchLabels("run", "on-fargate")),
			fargatetest.Service("c", run), fargatetest.Service("a", run), fargatetest.Service("b", run),
		}, want: `joins Service "a", Service "b", Service "c" and 1 more and leaves NetworkPolicy "open"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := created(unlabelled(), fargatetest.In(fixtures.Namespace, c.objects...), fixtureIndex(), policyWith(joinsAllowed))
			var want []string
			if c.want != "" {
				want = []string{`Warn label-joins: with the labels {run: "on-fargate"} added, the pod ` + c.want}
			}
			checkPhases(t, got, true, want, want, nil)
		})
	}
}

// Under Deny the labels are withheld and the pod is refused; under Off the labels are added and
// nothing is reported.
func TestLabelJoinsActions(t *testing.T) {
	reader := fargatetest.In(fixtures.Namespace, fargatetest.Service("web", map[string]string{"run": "on-fargate"}))
	const denied = `Deny label-joins: with the labels {run: "on-fargate"} added, the pod joins Service "web"`
	deny := []string{denied}
	checkPhases(t, created(unlabelled(), reader, fixtureIndex(), policyWith(joinsAllowed, ruled(rules.LabelJoins, policy.Deny))), false, deny, nil, deny)
	checkPhases(t, created(unlabelled(), reader, fixtureIndex(), policyWith(joinsAllowed, ruled(rules.LabelJoins, policy.Off))), true, nil, nil, nil)

	// A warning about labels that label-adopted withholds is not reported.
	both := fargatetest.In(fixtures.Namespace, fargatetest.Service("web", map[string]string{"run": "on-fargate"}), fargatetest.ReplicaSet("web", fargatetest.MatchLabels("run", "on-fargate")))
	adopted := adoptedMessage(policy.Deny, `ReplicaSet "web"`, fixtures.Profile)
	checkPhases(t, created(unlabelled(), both, fixtureIndex(), policyWith(joinsAllowed)), false, []string{adopted}, nil, []string{adopted})
	all := []string{adopted, denied}
	checkPhases(t, created(unlabelled(), both, fixtureIndex(), policyWith(joinsAllowed, ruled(rules.LabelJoins, policy.Deny))), false, all, nil, all)
}

// Of a pod whose labels are missing only that is reported, not what it would join.
func TestLabelJoinsOfPodWithoutItsLabels(t *testing.T) {
	reader := fargatetest.In(fixtures.Namespace, fargatetest.Service("web", map[string]string{"run": "on-fargate"}))
	d := Decide(unlabelled(), withReader(requestIn(Validating, nil), reader), fixtureIndex(), policyWith(joinsAllowed))
	if len(d.Findings) != 1 || d.Findings[0].Rule != rules.LabelsMissing.ID {
		t.Errorf("got %q", messages(&d))
	}
}

// The profile label counts too. A pod that EKS claims as it stands is warned about at most, since
// EKS adds that label itself (F1.7).
func TestLabelJoinsPin(t *testing.T) {
	selector := fargatetest.Selects(fixtures.Namespace, fixtures.Label, fixtures.Value)
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("a", selector), fargatetest.Profile("b", selector)})
	reader := fargatetest.In(fixtures.Namespace, fargatetest.Service("web", map[string]string{placement.ProfileLabel: "a"}), fargatetest.ReplicaSet("web", fargatetest.MatchLabels(placement.ProfileLabel, "a")))

	want := []string{`Warn label-joins: with the labels {eks.amazonaws.com/fargate-profile: "a"} added, the pod joins Service "web"`}
	for _, action := range []policy.Action{policy.Warn, policy.Deny} {
		checkPhases(t, created(fixtures.Pod(), reader, index, policyWith(joinsAllowed, ruled(rules.LabelJoins, action))), true, want, want, nil)
	}
	want = []string{adoptedMessage(policy.Deny, `ReplicaSet "web"`, "a")}
	checkPhases(t, created(unlabelled(), reader, index, policyWith(joinsAllowed)), false, want, nil, want)
}

// Objects that can't be looked up withhold no labels and refuse nothing, whatever the policy.
func TestLabelJoinsWithoutLookUps(t *testing.T) {
	objects := fargatetest.In(fixtures.Namespace, fargatetest.Service("web", map[string]string{"run": "on-fargate"}), fargatetest.ReplicaSet("web", fargatetest.MatchLabels("run", "on-fargate")))
	policy := policyWith(joinsAllowed, ruled(rules.LabelJoins, policy.Deny))
	for name, reader := range map[string]cluster.Reader{
		"no cluster": nil,
		"no cache":   &fargatetest.Cluster{Objects: objects.Objects, Err: errors.New("the cache has not synced")},
		"not given":  &fargatetest.Cluster{Objects: objects.Objects, Err: &cluster.NotGivenError{Kind: "Service"}},
	} {
		t.Run(name, func(t *testing.T) {
			checkPhases(t, created(unlabelled(), reader, fixtureIndex(), policy), true, nil, nil, nil)
		})
	}
}

// Nothing is reported in an exempt namespace, for pods that get no labels, and for objects that are
// being deleted.
func TestLabelJoinsElsewhere(t *testing.T) {
	reader := fargatetest.In(fixtures.Namespace, fargatetest.Service("web", map[string]string{"run": "on-fargate"}))
	for name, c := range map[string]struct {
		pod    *corev1.Pod
		policy *policy.Policy
	}{
		"exempt":        {unlabelled(), policyWith(exempting(fixtures.Namespace))},
		"labels Off":    {unlabelled(), policyWith(labelsOff)},
		"being deleted": {deleted(unlabelled()), policyWith(joinsAllowed)},
	} {
		t.Run(name, func(t *testing.T) {
			checkMessages(t, created(c.pod, reader, fixtureIndex(), c.policy), nil, nil, nil)
		})
	}
}
