package fargate

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/profiles"
)

// inCluster are objects of the fixtures' namespace.
func inCluster(objects ...metav1.Object) fakeCluster {
	c := fakeCluster{objects: map[string]runtime.Object{}}
	for _, object := range objects {
		object.SetNamespace(fixtures.Namespace)
		if typed, ok := object.(runtime.Object); ok {
			c.objects[fmt.Sprintf("%T/%s", object, object.GetName())] = typed
		}
	}
	return c
}

func meta(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }

func selectsLabels(pairs ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	for i := 0; i < len(pairs); i += 2 {
		metav1.AddLabelToSelector(s, pairs[i], pairs[i+1])
	}
	return s
}

// runLabel selects by an expression about the fixtures' label.
func runLabel(operator metav1.LabelSelectorOperator, values ...string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: fixtures.Label, Operator: operator, Values: values}}}
}

func serviceOf(name string, selector map[string]string) *corev1.Service {
	return &corev1.Service{ObjectMeta: meta(name), Spec: corev1.ServiceSpec{Selector: selector}}
}

func budgetOf(name string, selector *metav1.LabelSelector) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{ObjectMeta: meta(name), Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector}}
}

func networkPolicyOf(name string, selector *metav1.LabelSelector) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{ObjectMeta: meta(name), Spec: networkingv1.NetworkPolicySpec{PodSelector: *selector}}
}

func replicaSetOf(name string, selector *metav1.LabelSelector) *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{ObjectMeta: meta(name), Spec: appsv1.ReplicaSetSpec{Selector: selector}}
}

func controllerOf(name string, selector map[string]string) *corev1.ReplicationController {
	return &corev1.ReplicationController{ObjectMeta: meta(name), Spec: corev1.ReplicationControllerSpec{Selector: selector}}
}

// deleted is an object that is being deleted.
func deleted[T metav1.Object](object T) T {
	object.SetDeletionTimestamp(&metav1.Time{})
	return object
}

// unlabelled is a pod that lacks its profile's label.
func unlabelled() *corev1.Pod {
	pod := fixtures.Pod()
	pod.Labels = map[string]string{"app": "web"}
	return pod
}

// ownedPod is one that a ReplicaSet made.
func ownedPod() *corev1.Pod {
	pod := unlabelled()
	pod.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", Controller: new(true)}}
	return pod
}

// under is a policy with an action for a rule.
func under(actions map[RuleID]Action) *Policy {
	policy := DefaultPolicy()
	policy.Rules = actions
	return &policy
}

// answers are the decisions on an object as it is created, in each phase.
type answers struct{ whole, mutating, validating Decision }

// created judges an object in all phases: in the validating one with the labels
// that the mutating one gave a pod.
func created(object runtime.Object, cluster Cluster, index *profiles.Index, policy *Policy) answers {
	request := Request{Operation: OperationCreate, Namespace: fixtures.Namespace, Cluster: cluster}
	var a answers
	a.whole = Decide(object, request, index, policy)
	request.Phase = Mutating
	a.mutating = Decide(object, request, index, policy)
	if pod, ok := object.(*corev1.Pod); ok {
		given := pod.DeepCopy()
		for key, value := range a.mutating.Placement.Labels {
			metav1.SetMetaDataLabel(&given.ObjectMeta, key, value)
		}
		object = given
	}
	request.Phase = Validating
	a.validating = Decide(object, request, index, policy)
	return a
}

// brief is what is told, as `Deny label-adopted: message`.
func brief(d Decision) []string {
	var all []string
	for _, f := range d.Findings {
		all = append(all, fmt.Sprintf("%s %s: %s", f.Action, f.Rule, f.Message))
	}
	return all
}

// checkAnswers compares what is told in each phase, and whether the pod becomes Fargate's.
func checkAnswers(t *testing.T, got answers, fargate bool, whole, mutating, validating []string) {
	t.Helper()
	if diff := cmp.Diff([][]string{whole, mutating, validating}, [][]string{brief(got.whole), brief(got.mutating), brief(got.validating)}); diff != "" {
		t.Errorf("whole, mutating, validating (-want +got):\n%s", diff)
	}
	for _, d := range []Decision{got.whole, got.mutating} {
		if d.Placement.Fargate != fargate || (len(d.Patch) > 0) != fargate || (d.Size != nil) != fargate || (len(d.Placement.Labels) > 0) != fargate || d.Placement.Reason == "" {
			t.Errorf("want Fargate's, labelled and patched: %v; the placement is %+v, the patch %v", fargate, d.Placement, d.Patch)
		}
	}
	if got.validating.Placement.Fargate != fargate || got.validating.Patch != nil {
		t.Errorf("validating: the placement is %+v, the patch %v", got.validating.Placement, got.validating.Patch)
	}
}

// countingCluster counts the lists that are asked for.
type countingCluster struct {
	fakeCluster
	asked map[string]int
}

func (c countingCluster) Services(namespace string) ([]*corev1.Service, error) {
	c.asked["services"]++
	return c.fakeCluster.Services(namespace)
}

func (c countingCluster) PodDisruptionBudgets(namespace string) ([]*policyv1.PodDisruptionBudget, error) {
	c.asked["budgets"]++
	return c.fakeCluster.PodDisruptionBudgets(namespace)
}

func (c countingCluster) NetworkPolicies(namespace string) ([]*networkingv1.NetworkPolicy, error) {
	c.asked["policies"]++
	return c.fakeCluster.NetworkPolicies(namespace)
}

func (c countingCluster) ReplicaSets(namespace string) ([]*appsv1.ReplicaSet, error) {
	c.asked["sets"]++
	return c.fakeCluster.ReplicaSets(namespace)
}

func (c countingCluster) ReplicationControllers(namespace string) ([]*corev1.ReplicationController, error) {
	c.asked["controllers"]++
	return c.fakeCluster.ReplicationControllers(namespace)
}

// TestReselectAsksNoMore: lists are asked for only where what they hold may be told.
func TestReselectAsksNoMore(t *testing.T) {
	const service, budget, policy, set, controller = "services", "budgets", "policies", "sets", "controllers"
	once := func(names ...string) map[string]int {
		asked := map[string]int{}
		for _, name := range names {
			asked[name] = 1
		}
		return asked
	}
	labelled, owned, away := fixtures.Pod(), ownedPod(), unlabelled()
	away.Annotations = map[string]string{computeTypeKey: computeTypeEC2}
	for name, c := range map[string]struct {
		pod     *corev1.Pod
		phase   Phase
		update  bool
		actions map[RuleID]Action
		want    map[string]int
	}{
		"labelled":             {pod: labelled, phase: Mutating, want: once()},
		"labelled, validating": {pod: labelled, phase: Validating, want: once()},
		"opted out":            {pod: away, phase: Mutating, want: once()},
		"updated":              {pod: unlabelled(), phase: Mutating, update: true, want: once()},
		"unlabelled":           {pod: unlabelled(), phase: Mutating, want: once(service, budget, policy, set, controller)},
		"still unlabelled":     {pod: unlabelled(), phase: Validating, want: once(set, controller)},
		"with a controller":    {pod: owned, phase: Mutating, want: once(service, budget, policy)},
		"joins Off":            {pod: unlabelled(), phase: Mutating, actions: map[RuleID]Action{RuleLabelJoins: ActionOff}, want: once(set, controller)},
		"adopted Off":          {pod: unlabelled(), phase: Mutating, actions: map[RuleID]Action{RuleLabelAdopted: ActionOff}, want: once(service, budget, policy)},
		"joins Deny":           {pod: owned, phase: Validating, actions: map[RuleID]Action{RuleLabelJoins: ActionDeny}, want: once(service, budget, policy)},
	} {
		cluster := countingCluster{fakeCluster: inCluster(), asked: map[string]int{}}
		request := Request{Operation: OperationCreate, Phase: c.phase, Namespace: fixtures.Namespace, Cluster: cluster}
		if c.update {
			request.Operation, request.Old = OperationUpdate, c.pod
		}
		Decide(c.pod, request, fixtureIndex(), under(c.actions))
		if diff := cmp.Diff(c.want, cluster.asked); diff != "" {
			t.Errorf("%s: lists asked for (-want +got):\n%s", name, diff)
		}
	}
}

// TestSelectingSorted: what is told doesn't depend on the order in which a cache lists objects.
func TestSelectingSorted(t *testing.T) {
	cluster := crowded{fakeCluster: inCluster()}
	for _, name := range []string{"c", "a", "b"} {
		cluster.services = append(cluster.services, serviceOf(name, map[string]string{"run": "on-fargate"}))
		cluster.policies = append(cluster.policies, networkPolicyOf(name, runLabel(metav1.LabelSelectorOpDoesNotExist)))
	}
	want := []string{`Warn label-joins: the pod joins Service "a", Service "b", Service "c" and leaves NetworkPolicy "a", NetworkPolicy "b", NetworkPolicy "c" with the labels {run: "on-fargate"} added`}
	checkAnswers(t, created(unlabelled(), cluster, fixtureIndex(), under(nil)), true, want, want, nil)
}

// TestReselectIsFree: a pod that lacks no label costs nothing.
func TestReselectIsFree(t *testing.T) {
	s := subjectOf(fixtures.Pod())
	s.request.Cluster = inCluster()
	if n := testing.AllocsPerRun(100, s.reselect); n > 0 {
		t.Errorf("%v allocations for a pod that lacks no label", n)
	}
}
