package fargatetest

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/cluster"
)

// Service returns a Service with a selector.
func Service(name string, selector map[string]string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.ServiceSpec{Selector: selector}}
}

// PodDisruptionBudget returns a PodDisruptionBudget with a selector.
func PodDisruptionBudget(name string, selector *metav1.LabelSelector) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector}}
}

// NetworkPolicy returns a NetworkPolicy with a pod selector.
func NetworkPolicy(name string, selector *metav1.LabelSelector) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: networkingv1.NetworkPolicySpec{PodSelector: *selector}}
}

// ReplicaSet returns a ReplicaSet with a selector.
func ReplicaSet(name string, selector *metav1.LabelSelector) *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.ReplicaSetSpec{Selector: selector}}
}

// Cached returns objects as caches have them: ReplicaSets are of the type of caches, with the whole
// specs of their templates, all others are the same.
func Cached(objects []metav1.Object) []metav1.Object {
	list := make([]metav1.Object, 0, len(objects))
	for _, object := range objects {
		if set, ok := object.(*appsv1.ReplicaSet); ok {
			object = &cluster.ReplicaSet{
				ObjectMeta: set.ObjectMeta, Selector: set.Spec.Selector, Idle: set.Spec.Replicas != nil && *set.Spec.Replicas == 0,
				PodMeta: set.Spec.Template.ObjectMeta, PodSpec: &set.Spec.Template.Spec,
			}
		}
		list = append(list, object)
	}
	return list
}

// ReplicationController returns a ReplicationController with a selector.
func ReplicationController(name string, selector map[string]string) *corev1.ReplicationController {
	return &corev1.ReplicationController{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.ReplicationControllerSpec{Selector: selector}}
}

// StatefulSet returns a StatefulSet with a selector.
func StatefulSet(name string, selector *metav1.LabelSelector) *appsv1.StatefulSet {
	return &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.StatefulSetSpec{Selector: selector}}
}

// DaemonSet returns a DaemonSet with a selector.
func DaemonSet(name string, selector *metav1.LabelSelector) *appsv1.DaemonSet {
	return &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DaemonSetSpec{Selector: selector}}
}

// Job returns a Job with a selector.
func Job(name string, selector *metav1.LabelSelector) *batchv1.Job {
	return &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: batchv1.JobSpec{Selector: selector}}
}

// MatchLabels returns a selector of labels, keys and values in turn.
func MatchLabels(pairs ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	for i := 0; i < len(pairs); i += 2 {
		metav1.AddLabelToSelector(s, pairs[i], pairs[i+1])
	}
	return s
}

// MatchExpression returns a selector with one requirement.
func MatchExpression(key string, operator metav1.LabelSelectorOperator, values ...string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: operator, Values: values}}}
}

// In returns a cluster with objects that all are in one namespace.
func In(namespace string, objects ...metav1.Object) *Cluster {
	for _, object := range objects {
		object.SetNamespace(namespace)
	}
	return &Cluster{Objects: objects}
}

// LabelSelectors draws selectors of the keys and values; some are empty or invalid.
func LabelSelectors(keys, values []string) *rapid.Generator[*metav1.LabelSelector] {
	key, value := rapid.SampledFrom(keys), rapid.SampledFrom(values)
	return rapid.Custom(func(t *rapid.T) *metav1.LabelSelector {
		s := &metav1.LabelSelector{MatchLabels: rapid.MapOfN(key, value, 0, 2).Draw(t, "labels")}
		for range rapid.IntRange(0, 2).Draw(t, "expressions") {
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{
				Key:      key.Draw(t, "key"),
				Operator: rapid.SampledFrom([]metav1.LabelSelectorOperator{"In", "NotIn", "Exists", "DoesNotExist", "Roughly"}).Draw(t, "operator"),
				Values:   rapid.SliceOfNDistinct(value, 0, 2, rapid.ID[string]).Draw(t, "values"),
			})
		}
		return s
	})
}

// Selecting draws a namespace with up to six objects that select pods by the keys and values. Some
// are being deleted.
func Selecting(namespace string, keys, values []string) *rapid.Generator[*Cluster] {
	return rapid.Custom(func(t *rapid.T) *Cluster {
		var objects []metav1.Object
		for i := range rapid.IntRange(0, 6).Draw(t, "objects") {
			name, s := fmt.Sprintf("o%d", i), LabelSelectors(keys, values).Draw(t, "selector")
			object := []metav1.Object{
				Service(name, s.MatchLabels), PodDisruptionBudget(name, s), NetworkPolicy(name, s), ReplicaSet(name, s), ReplicationController(name, s.MatchLabels),
				StatefulSet(name, s), DaemonSet(name, s), Job(name, s),
			}[rapid.IntRange(0, 7).Draw(t, "kind")]
			if rapid.IntRange(0, 5).Draw(t, "deleted") == 0 {
				object.SetDeletionTimestamp(&metav1.Time{})
			}
			objects = append(objects, object)
		}
		return In(namespace, objects...)
	})
}

// Matches reports whether an object selects pods with these labels, by the code of Kubernetes. One
// that is being deleted selects none.
func Matches(object metav1.Object, of map[string]string) bool {
	if object.GetDeletionTimestamp() != nil {
		return false
	}
	switch o := object.(type) {
	case *corev1.Service:
		return len(o.Spec.Selector) > 0 && labels.SelectorFromSet(o.Spec.Selector).Matches(labels.Set(of))
	case *corev1.ReplicationController:
		return len(o.Spec.Selector) > 0 && labels.SelectorFromSet(o.Spec.Selector).Matches(labels.Set(of))
	case *policyv1.PodDisruptionBudget:
		return matches(o.Spec.Selector, of)
	case *networkingv1.NetworkPolicy:
		return matches(&o.Spec.PodSelector, of)
	case *appsv1.ReplicaSet:
		return matches(o.Spec.Selector, of)
	case *appsv1.StatefulSet:
		return matches(o.Spec.Selector, of)
	case *appsv1.DaemonSet:
		return matches(o.Spec.Selector, of)
	case *batchv1.Job:
		return matches(o.Spec.Selector, of)
	}
	return false
}

func matches(selector *metav1.LabelSelector, of map[string]string) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(labels.Set(of))
}

// IsAdopter reports whether an object adopts the pods that it selects.
func IsAdopter(object metav1.Object) bool {
	switch object.(type) {
	case *appsv1.ReplicaSet, *corev1.ReplicationController:
		return true
	}
	return false
}
