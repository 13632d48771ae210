package fargate

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/profiles"
)

// What selects a pod is exactly what Kubernetes says does (S24).
func TestLabelJoins(t *testing.T) {
	run := map[string]string{"run": "on-fargate"}
	for name, c := range map[string]struct {
		objects []metav1.Object
		want    string // what comes before "with the labels"
	}{
		"Service":                 {objects: []metav1.Object{serviceOf("web", run)}, want: `joins Service "web"`},
		"Service of an app":       {objects: []metav1.Object{serviceOf("web", map[string]string{"app": "web", "run": "on-fargate"})}, want: `joins Service "web"`},
		"Service of another app":  {objects: []metav1.Object{serviceOf("web", map[string]string{"app": "db", "run": "on-fargate"})}},
		"Service selected before": {objects: []metav1.Object{serviceOf("web", map[string]string{"app": "web"})}},
		"Service of other values": {objects: []metav1.Object{serviceOf("web", map[string]string{"run": "on-ec2"})}},
		"Service by no selector":  {objects: []metav1.Object{serviceOf("nil", nil), serviceOf("empty", map[string]string{})}},
		"ExternalName": {objects: []metav1.Object{&corev1.Service{
			ObjectMeta: meta("web"), Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, Selector: run},
		}}},
		"by EKS's own label (F1.7)": {objects: []metav1.Object{serviceOf("web", map[string]string{ProfileLabel: fixtures.Profile})}, want: `joins Service "web"`},

		"budget":             {objects: []metav1.Object{budgetOf("web", selectsLabels("run", "on-fargate"))}, want: `joins PodDisruptionBudget "web"`},
		"budget for nothing": {objects: []metav1.Object{budgetOf("web", nil)}},
		"budget for all":     {objects: []metav1.Object{budgetOf("web", selectsLabels())}},
		"budget In":          {objects: []metav1.Object{budgetOf("web", runLabel(metav1.LabelSelectorOpIn, "x", "on-fargate"))}, want: `joins PodDisruptionBudget "web"`},
		"budget Exists":      {objects: []metav1.Object{budgetOf("web", runLabel(metav1.LabelSelectorOpExists))}, want: `joins PodDisruptionBudget "web"`},
		"budget NotIn":       {objects: []metav1.Object{budgetOf("web", runLabel(metav1.LabelSelectorOpNotIn, "on-fargate"))}, want: `leaves PodDisruptionBudget "web"`},
		"budget NotIn other": {objects: []metav1.Object{budgetOf("web", runLabel(metav1.LabelSelectorOpNotIn, "x"))}},
		"not a selector":     {objects: []metav1.Object{budgetOf("web", runLabel("Roughly", "on-fargate")), budgetOf("db", runLabel(metav1.LabelSelectorOpIn))}},

		"network policy":              {objects: []metav1.Object{networkPolicyOf("web", selectsLabels("run", "on-fargate"))}, want: `joins NetworkPolicy "web"`},
		"network policy for all":      {objects: []metav1.Object{networkPolicyOf("web", selectsLabels())}},
		"network policy DoesNotExist": {objects: []metav1.Object{networkPolicyOf("web", runLabel(metav1.LabelSelectorOpDoesNotExist))}, want: `leaves NetworkPolicy "web"`},

		"being deleted": {objects: []metav1.Object{
			deleted(serviceOf("web", run)), deleted(budgetOf("web", selectsLabels("run", "on-fargate"))), deleted(networkPolicyOf("web", selectsLabels("run", "on-fargate"))),
		}},
		"many": {objects: []metav1.Object{
			networkPolicyOf("open", runLabel(metav1.LabelSelectorOpDoesNotExist)), budgetOf("web", selectsLabels("run", "on-fargate")),
			serviceOf("c", run), serviceOf("a", run), serviceOf("b", run),
		}, want: `joins Service "a", Service "b", Service "c" and 1 more and leaves NetworkPolicy "open"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := created(unlabelled(), inCluster(c.objects...), fixtureIndex(), under(nil))
			var want []string
			if c.want != "" {
				want = []string{"Warn label-joins: the pod " + c.want + ` with the labels {run: "on-fargate"} added`}
			}
			checkAnswers(t, got, true, want, want, nil)
		})
	}
}

// Under Deny the labels are not given, and the pod is refused when it is seen to lack them. Under Off nobody asks.
func TestLabelJoinsActions(t *testing.T) {
	cluster := inCluster(serviceOf("web", map[string]string{"run": "on-fargate"}))
	const told = ` label-joins: the pod joins Service "web" with the labels {run: "on-fargate"} added`
	deny := []string{"Deny" + told}
	checkAnswers(t, created(unlabelled(), cluster, fixtureIndex(), under(map[RuleID]Action{RuleLabelJoins: ActionDeny})), false, deny, nil, deny)
	checkAnswers(t, created(unlabelled(), cluster, fixtureIndex(), under(map[RuleID]Action{RuleLabelJoins: ActionOff})), true, nil, nil, nil)

	// Both rules have something to say: what is only a warning is not told of labels that are not given.
	both := inCluster(serviceOf("web", map[string]string{"run": "on-fargate"}), replicaSetOf("web", selectsLabels("run", "on-fargate")))
	adopted := `Deny label-adopted: with the labels {run: "on-fargate"}, by which Fargate profile "each-test" selects pods, ReplicaSet "web" would adopt the pod and may delete it, so they are not added`
	checkAnswers(t, created(unlabelled(), both, fixtureIndex(), under(nil)), false, []string{adopted}, nil, []string{adopted})
	all := []string{adopted, "Deny" + told}
	checkAnswers(t, created(unlabelled(), both, fixtureIndex(), under(map[RuleID]Action{RuleLabelJoins: ActionDeny})), false, all, nil, all)
}

// A pod that joins something and should have been given its labels, and wasn't for another reason, is told of that alone.
func TestLabelJoinsMissing(t *testing.T) {
	cluster := inCluster(serviceOf("web", map[string]string{"run": "on-fargate"}))
	request := Request{Operation: OperationCreate, Phase: Validating, Namespace: fixtures.Namespace, Cluster: cluster}
	d := Decide(unlabelled(), request, fixtureIndex(), under(nil))
	if len(d.Findings) != 1 || d.Findings[0].Rule != RuleLabelsMissing {
		t.Errorf("have %q", brief(d))
	}
}

// Whoever applies a workload is told, in the place where its author can put the label; what was told before is not told at an update.
func TestLabelJoinsTemplates(t *testing.T) {
	pod := unlabelled()
	deployment := &appsv1.Deployment{
		ObjectMeta: meta("web"),
		Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}},
	}
	request := Request{Operation: OperationCreate, Phase: Validating, Namespace: fixtures.Namespace, Cluster: inCluster(
		serviceOf("web", map[string]string{"run": "on-fargate"}), replicaSetOf("web", selectsLabels("run", "on-fargate")))}
	policy := under(nil)
	d := Decide(deployment, request, fixtureIndex(), policy)
	want := Finding{
		Rule: RuleLabelJoins, Action: ActionWarn, Field: "spec.template.metadata.labels",
		Message: `the pod joins Service "web" with the labels {run: "on-fargate"} added`,
		Remedy:  `if that is meant, put {run: "on-fargate"} into the pod template yourself; else narrow the selectors, or opt the pod out`,
	}
	if len(d.Findings) != 1 || d.Findings[0] != want || d.Placement.Labels["run"] == "" {
		t.Errorf("have %+v, placement %+v", d.Findings, d.Placement)
	}

	request.Operation, request.Old = OperationUpdate, deployment.DeepCopy()
	deployment.Spec.Template.Labels["version"] = "2"
	if d := Decide(deployment, request, fixtureIndex(), policy); len(d.Findings) > 0 {
		t.Errorf("told again: %q", brief(d))
	}
	old := deployment.DeepCopy()
	old.Spec.Template.Labels["run"] = "on-fargate"
	request.Old = old
	if d := Decide(deployment, request, fixtureIndex(), policy); len(d.Findings) != 1 || d.Findings[0].Rule != RuleLabelJoins {
		t.Errorf("the label is gone from the template: %q", brief(d))
	}

	for workloads, want := range map[Action]int{ActionDeny: 1, ActionWarn: 1, ActionOff: 0} {
		policy := under(map[RuleID]Action{RuleLabelJoins: ActionDeny})
		policy.Workloads = workloads
		request := Request{Operation: OperationCreate, Phase: Validating, Namespace: fixtures.Namespace, Cluster: request.Cluster}
		d := Decide(deployment, request, fixtureIndex(), policy)
		if len(d.Findings) != want || want > 0 && d.Findings[0].Action != workloads || len(d.Patch) > 0 {
			t.Errorf("refused, workloads %s: %q, patch %v", workloads, brief(d), d.Patch)
		}
	}
}

// The label that pins a profile counts as well. A pod that EKS claims without it is at most warned of, since EKS puts it on too (F1.7).
func TestLabelJoinsPin(t *testing.T) {
	selector := selects(fixtures.Namespace, fixtures.Label, fixtures.Value)
	index := profiles.NewIndex([]profiles.Profile{profile("a", selector), profile("b", selector)})
	cluster := inCluster(serviceOf("web", map[string]string{ProfileLabel: "a"}), replicaSetOf("web", selectsLabels(ProfileLabel, "a")))

	want := []string{`Warn label-joins: the pod joins Service "web" with the labels {eks.amazonaws.com/fargate-profile: "a"} added`}
	for _, action := range []Action{ActionWarn, ActionDeny} {
		checkAnswers(t, created(fixtures.Pod(), cluster, index, under(map[RuleID]Action{RuleLabelJoins: action})), true, want, want, nil)
	}
	want = []string{`Deny label-adopted: with the labels {run: "on-fargate"}, by which Fargate profile "a" selects pods, ReplicaSet "web" would adopt the pod and may delete it, so they are not added`}
	checkAnswers(t, created(unlabelled(), cluster, index, under(nil)), false, want, nil, want)
}

// What can't be looked up keeps no label back and refuses nobody, whatever the policy.
func TestLabelsNotLookedUp(t *testing.T) {
	objects := inCluster(serviceOf("web", map[string]string{"run": "on-fargate"}), replicaSetOf("web", selectsLabels("run", "on-fargate")))
	policy := under(map[RuleID]Action{RuleLabelJoins: ActionDeny})
	for name, cluster := range map[string]Cluster{
		"no cluster": nil,
		"no cache":   fakeCluster{objects: objects.objects, failing: errors.New("the cache has not synced")},
		"not given":  fakeCluster{objects: objects.objects, failing: &NotGivenError{Kind: "Service"}},
	} {
		t.Run(name, func(t *testing.T) {
			checkAnswers(t, created(unlabelled(), cluster, fixtureIndex(), policy), true, nil, nil, nil)
		})
	}
}

// Nothing is said in an exempt namespace, of pods that get no labels anyway, and of an object that is being deleted.
func TestLabelJoinsElsewhere(t *testing.T) {
	cluster := inCluster(serviceOf("web", map[string]string{"run": "on-fargate"}))
	exempt, off := under(nil), under(nil)
	exempt.Exempt.Namespaces = []profiles.Pattern{profiles.NewPattern(fixtures.Namespace)}
	off.Labels = LabelsOff
	for name, c := range map[string]struct {
		pod    *corev1.Pod
		policy *Policy
	}{
		"exempt": {unlabelled(), exempt}, "labels Off": {unlabelled(), off}, "being deleted": {deleted(unlabelled()), under(nil)},
	} {
		got := created(c.pod, cluster, fixtureIndex(), c.policy)
		if diff := cmp.Diff([][]string{nil, nil, nil}, [][]string{brief(got.whole), brief(got.mutating), brief(got.validating)}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
