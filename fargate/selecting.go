package fargate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// selecting is an object that selects pods.
type selecting struct {
	kind, name string
	selector   labels.Selector
}

// String is `Service "web"`.
func (s selecting) String() string { return s.kind + " " + strconv.Quote(s.name) }

// changed are the objects of a list that select the pod after and not before,
// and the other way round, by name. What is being deleted is passed over, and
// so is a selector that is none. A list that can't be had is taken for empty:
// for what isn't known no label is kept back and nobody refused.
func changed[T metav1.Object](r *reselection, kind string, list func(string) ([]T, error), namespace string, selectorOf func(T) *metav1.LabelSelector) (joined, left []selecting) {
	objects, err := list(namespace)
	if err != nil {
		return nil, nil
	}
	for _, object := range objects {
		written := selectorOf(object)
		if object.GetDeletionTimestamp() != nil || !r.concerns(written) {
			continue
		}
		selector, err := metav1.LabelSelectorAsSelector(written)
		if err != nil {
			continue
		}
		was, is := selector.Matches(r.before), selector.Matches(r.after)
		switch s := (selecting{kind: kind, name: object.GetName(), selector: selector}); {
		case is && !was:
			joined = append(joined, s)
		case was && !is:
			left = append(left, s)
		}
	}
	byName := func(a, b selecting) int { return strings.Compare(a.name, b.name) }
	slices.SortFunc(joined, byName)
	slices.SortFunc(left, byName)
	return joined, left
}

// concerns reports a selector that may select the pod after or before, and not
// both: one that asks for a label which is added, and for no other that the pod
// lacks. There may be many in a namespace, and to make one out costs more.
func (r *reselection) concerns(selector *metav1.LabelSelector) bool {
	if selector == nil {
		return false
	}
	asks := false
	for key, value := range selector.MatchLabels {
		if r.after[key] != value {
			return false // nor is it met before: labels are only added
		}
		asks = asks || r.adds(key)
	}
	return asks || slices.ContainsFunc(selector.MatchExpressions, func(e metav1.LabelSelectorRequirement) bool { return r.adds(e.Key) })
}

func (r *reselection) adds(key string) bool { return r.after.Has(key) && !r.before.Has(key) }

// The selectors of each kind. Those that select nothing are nil; an empty one
// selects all.

// serviceSelector is nil for a Service whose endpoints someone else keeps.
func serviceSelector(service *corev1.Service) *metav1.LabelSelector {
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	return &metav1.LabelSelector{MatchLabels: service.Spec.Selector}
}

func budgetSelector(budget *policyv1.PodDisruptionBudget) *metav1.LabelSelector {
	return budget.Spec.Selector
}

func networkPolicySelector(policy *networkingv1.NetworkPolicy) *metav1.LabelSelector {
	return &policy.Spec.PodSelector
}

func replicaSetSelector(set *appsv1.ReplicaSet) *metav1.LabelSelector { return set.Spec.Selector }

// replicationControllerSelector is, as the API server fills it in, the labels
// of the template where none is given.
func replicationControllerSelector(controller *corev1.ReplicationController) *metav1.LabelSelector {
	selector := controller.Spec.Selector
	if len(selector) == 0 && controller.Spec.Template != nil {
		selector = controller.Spec.Template.Labels
	}
	if len(selector) == 0 {
		return nil
	}
	return &metav1.LabelSelector{MatchLabels: selector}
}

// maxNamed is how many objects a finding names; the rest is counted.
const maxNamed = 3

// named lists objects: `Service "a", Service "b", Service "c" and 2 more`.
func named(objects []selecting) string {
	texts := make([]string, 0, maxNamed)
	for _, object := range objects[:min(len(objects), maxNamed)] {
		texts = append(texts, object.String())
	}
	text := strings.Join(texts, ", ")
	if more := len(objects) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// labelList is `app: "web", run: "on-fargate"`, without the label of a key.
func labelList(of map[string]string, without string) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(of)) {
		if key != without {
			texts = append(texts, fmt.Sprintf("%s: %q", key, of[key]))
		}
	}
	return strings.Join(texts, ", ")
}
