package traffic

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/profiles"
)

// labelMaps draws labels of few keys, so that selectors often match them.
func labelMaps() *rapid.Generator[map[string]string] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", placement.ProfileLabel}), rapid.SampledFrom([]string{"1", "2", "p", "q"}), 0, 2)
}

// labelSelectors draws selectors, some of which are none.
func labelSelectors() *rapid.Generator[*metav1.LabelSelector] {
	return rapid.Custom(func(t *rapid.T) *metav1.LabelSelector {
		s := &metav1.LabelSelector{MatchLabels: labelMaps().Draw(t, "labels")}
		for range rapid.IntRange(0, 2).Draw(t, "expressions") {
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{
				Key:      rapid.SampledFrom([]string{"a", "b", "c", placement.ProfileLabel}).Draw(t, "key"),
				Operator: rapid.SampledFrom([]metav1.LabelSelectorOperator{"In", "NotIn", "Exists", "DoesNotExist", "Roughly"}).Draw(t, "operator"),
				Values:   rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "p", "q"}), 0, 2, rapid.ID[string]).Draw(t, "values"),
			})
		}
		return s
	})
}

// selectors draws a namespace full of what selects pods.
func selectors(t *rapid.T) fakeCluster {
	c := inCluster()
	for i := range rapid.IntRange(0, 6).Draw(t, "objects") {
		name, s := fmt.Sprintf("o%d", i), labelSelectors().Draw(t, "selector")
		var object metav1.Object
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			object = serviceOf(name, s.MatchLabels)
		case 1:
			object = budgetOf(name, s)
		case 2:
			object = networkPolicyOf(name, s)
		case 3:
			object = replicaSetOf(name, s)
		default:
			object = controllerOf(name, s.MatchLabels)
		}
		if rapid.IntRange(0, 5).Draw(t, "deleted") == 0 {
			object = deleted(object)
		}
		object.SetNamespace(fixtures.Namespace)
		if typed, ok := object.(runtime.Object); ok {
			c.objects[name] = typed
		}
	}
	return c
}

// lackingPod draws a pod and the profiles of its namespace.
func lackingPod(t *rapid.T) (*corev1.Pod, *profiles.Index) {
	var list []profiles.Profile
	for _, name := range []string{"p", "q"} {
		wanted := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]string{"1", "2", "*"}), 1, 2).Draw(t, "profile")
		p := fargatetest.Profile(name)
		p.Selectors = []profiles.Selector{{Namespace: fixtures.Namespace, Labels: wanted}}
		list = append(list, p)
	}
	pod := fixtures.Pod()
	pod.Labels = rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]string{"1", "2"}), 0, 2).Draw(t, "pod")
	if len(pod.Labels) == 0 {
		pod.Labels = nil
	}
	return pod, profiles.NewIndex(list)
}

// naiveMatch is whether an object selects pods with these labels, written the long way.
func naiveMatch(object runtime.Object, of labels.Set) bool {
	if o, ok := object.(metav1.Object); ok && o.GetDeletionTimestamp() != nil {
		return false
	}
	byMap := func(selector map[string]string) bool {
		return len(selector) > 0 && labels.SelectorFromSet(selector).Matches(of)
	}
	selector := labels.Nothing()
	var err error
	switch o := object.(type) {
	case *corev1.Service:
		return byMap(o.Spec.Selector)
	case *corev1.ReplicationController:
		return byMap(o.Spec.Selector)
	case *policyv1.PodDisruptionBudget:
		selector, err = metav1.LabelSelectorAsSelector(o.Spec.Selector)
	case *networkingv1.NetworkPolicy:
		selector, err = metav1.LabelSelectorAsSelector(&o.Spec.PodSelector)
	case *appsv1.ReplicaSet:
		selector, err = metav1.LabelSelectorAsSelector(o.Spec.Selector)
	}
	return err == nil && selector.Matches(of)
}

// What a pod joins and leaves is the difference between those that select it after and before, no more and no less.
func TestLawJoins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, index := lackingPod(t)
		cluster := selectors(t)
		s := subjectOf(pod)
		s.request.Cluster = cluster
		s.placement = Place(fixtures.Namespace, s.meta, s.spec, index, policy.LabelsInject)
		place := s.placement
		r := newReselection(s.meta.Labels, place)
		r.findJoins(s.request)
		r.findAdopters(s.request)
		if s.reselect(); s.reselected == nil && len(place.Labels) > 0 && !pinsOnly(place.Labels) && len(r.adopters)+len(r.joined)+len(r.left) > 0 {
			t.Errorf("something is changed, and none of it found: %v", r)
		}

		got := map[string][]string{}
		for what, list := range map[string][]selecting{"joined": r.joined, "left": r.left, "adopters": r.adopters} {
			for _, object := range list {
				got[what] = append(got[what], object.name)
			}
		}
		want := map[string][]string{}
		for name, object := range cluster.objects {
			was, is := naiveMatch(object, r.before), naiveMatch(object, r.after)
			what := "joined"
			switch object.(type) {
			case *appsv1.ReplicaSet, *corev1.ReplicationController:
				if what = "adopters"; was {
					continue // let go of: that is no adoption
				}
			}
			switch {
			case is && !was:
				want[what] = append(want[what], name)
			case was && !is:
				want["left"] = append(want["left"], name)
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
			t.Errorf("labels %v and %v (-want +got):\n%s", r.before, r.after, diff)
		}
	})
}

// After admission no ReplicaSet or ReplicationController selects a pod without a controller that it didn't select before, and
// labels are kept back for no other reason. A pod that EKS claims as it stands is left out: it gets EKS's label anyway.
func TestLawNoAdoption(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, index := lackingPod(t)
		cluster := selectors(t)
		policy := under(map[policy.RuleID]policy.Action{rules.LabelAdopted.ID: rapid.SampledFrom([]policy.Action{policy.Deny, policy.Warn}).Draw(t, "action")})
		place := Place(fixtures.Namespace, &pod.ObjectMeta, &pod.Spec, index, policy.LabelsInject)
		if len(place.Labels) == 0 || pinsOnly(place.Labels) {
			t.Skip("it is Fargate's as it stands, or never")
		}
		request := Request{Operation: OperationCreate, Phase: Mutating, Namespace: fixtures.Namespace, Cluster: cluster}
		d := Decide(pod, request, index, policy)
		after := applyToPod(t, pod, d.Patch)
		with := newReselection(pod.Labels, place).after
		adopters := func(of labels.Set) (names []string) {
			for name, object := range cluster.objects {
				switch object.(type) {
				case *appsv1.ReplicaSet, *corev1.ReplicationController:
					if naiveMatch(object, of) && !naiveMatch(object, pod.Labels) {
						names = append(names, name)
					}
				}
			}
			slices.Sort(names)
			return names
		}
		final := labels.Set(after.Labels)
		if d.Placement.Fargate {
			final = labels.Merge(final, labels.Set{placement.ProfileLabel: d.Placement.Profile})
		}
		if found := adopters(final); len(found) > 0 {
			t.Errorf("with the labels %v %v adopt it", final, found)
		}
		if keptBack, reason := !d.Placement.Fargate, adopters(with); keptBack != (len(reason) > 0) {
			t.Errorf("labels kept back: %v; adopters: %v", keptBack, reason)
		}
		// The validating phase refuses it for just that, or warns, and for nothing else.
		request.Phase = Validating
		if told := Decide(after, request, index, policy).Findings; (len(told) > 0) != !d.Placement.Fargate || len(told) > 1 || len(told) == 1 && told[0].Rule != rules.LabelAdopted.ID {
			t.Errorf("told: %v", told)
		}
	})
}
