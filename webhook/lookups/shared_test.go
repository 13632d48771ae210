package lookups

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/cluster"
)

// Sharing changes nothing that can be read, whatever else is shared, and never what others have.
func TestLawSharedObjectsStayEqual(t *testing.T) {
	texts := rapid.SampledFrom([]string{"", "a", "b", "app", "web"})
	labels := rapid.MapOfN(texts, texts, 0, 3)
	meta := rapid.Custom(func(t *rapid.T) metav1.ObjectMeta {
		m := metav1.ObjectMeta{Name: texts.Draw(t, "name"), Namespace: texts.Draw(t, "namespace"), Annotations: labels.Draw(t, "annotations")}
		for range rapid.IntRange(0, 2).Draw(t, "owners") {
			m.OwnerReferences = append(m.OwnerReferences, metav1.OwnerReference{Kind: texts.Draw(t, "kind"), Name: texts.Draw(t, "owner"), Controller: new(true)})
		}
		return m
	})
	selector := rapid.Custom(func(t *rapid.T) *metav1.LabelSelector {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		return &metav1.LabelSelector{MatchLabels: labels.Draw(t, "labels")}
	})
	object := rapid.Custom(func(t *rapid.T) runtime.Object {
		m := meta.Draw(t, "meta")
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return &corev1.PersistentVolumeClaim{ObjectMeta: m, Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: rapid.Ptr(texts, true).Draw(t, "class")}}
		case 1:
			return &corev1.Service{ObjectMeta: m, Spec: corev1.ServiceSpec{Selector: labels.Draw(t, "selector")}}
		case 2:
			return &policyv1.PodDisruptionBudget{ObjectMeta: m, Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector.Draw(t, "selector")}}
		}
		set := &cluster.ReplicaSet{ObjectMeta: m, PodMeta: meta.Draw(t, "pods"), Selector: selector.Draw(t, "selector"), PodSpec: &usualSpecs[0]}
		set.PodMeta.Labels = labels.Draw(t, "pod labels")
		return set
	})
	rapid.Check(t, func(t *rapid.T) {
		common := newShared()
		list := rapid.SliceOfN(object, 1, 20).Draw(t, "objects")
		copies := make([]runtime.Object, len(list))
		for i, o := range list {
			copies[i] = o.DeepCopyObject()
			common.in(o)
		}
		for i, o := range list {
			if !equality.Semantic.DeepEqual(o, copies[i]) {
				t.Fatalf("object %d became %+v, was %+v", i, o, copies[i])
			}
		}
	})
}

// What many objects have alike is there once, and what is remembered of names has a bound.
func TestShared(t *testing.T) {
	common := newShared()
	kept := func(i int) *cluster.ReplicaSet {
		trimmed, err := trim(wholeReplicaSet(i))
		set, ok := common.in(trimmed).(*cluster.ReplicaSet)
		if err != nil || !ok {
			t.Fatal(trimmed, err)
		}
		return set
	}
	same := func(a, b any) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }
	first, other := kept(1), kept(11)
	if !same(first.Annotations, other.Annotations) || !same(first.OwnerReferences, other.OwnerReferences) || first.PodSpec != other.PodSpec {
		t.Error("two ReplicaSets have annotations, controller and spec of their own")
	}
	if !same(first.PodMeta.Labels, first.Selector.MatchLabels) || same(first.PodMeta.Labels, other.PodMeta.Labels) {
		t.Error("the labels of a template are those of its selector, and of no other's")
	}
	for i := range 3 * maxShared {
		common.in(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: string(rune(i)), Annotations: map[string]string{"a": string(rune(i))}}})
	}
	if len(common.texts) > maxShared || len(common.annotations) > maxShared {
		t.Errorf("%d texts and %d annotations are remembered", len(common.texts), len(common.annotations))
	}
}
