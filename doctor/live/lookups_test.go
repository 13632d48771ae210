package live

import (
	"errors"
	"slices"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/fargate/cluster"
)

func service(namespace, name string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: corev1.ServiceSpec{Selector: map[string]string{"app": name}}}
}

// What is looked up is typed, and asked for once.
func TestLookups(t *testing.T) {
	class := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "efs", Annotations: map[string]string{cluster.DefaultClassAnnotation: "true"}}, Provisioner: "efs.csi.aws.com"}
	b := newBench(service("apps", "a"), service("apps", "b"), service("other", "c"), class, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "a"}})
	l := NewLookups(t.Context(), b.dynamic)
	for range 2 {
		list, err := cluster.List[*corev1.Service](l, cluster.Services, "apps")
		if err != nil || len(list) != 2 || list[1].Spec.Selector["app"] != "b" {
			t.Errorf("Services: %v, %v", list, err)
		}
		if got, err := cluster.Get[*corev1.Service](l, cluster.Services, "other", "c"); err != nil || got.Name != "c" {
			t.Errorf("Service c: %v, %v", got, err)
		}
		if _, err := l.Get(cluster.Services, "apps", "c"); !apierrors.IsNotFound(err) {
			t.Errorf("a Service of another namespace: %v", err)
		}
		if got, err := cluster.Get[*storagev1.StorageClass](l, cluster.StorageClasses, "", ""); err != nil || got.Provisioner != class.Provisioner {
			t.Errorf("the default class: %v, %v", got, err)
		}
		if _, err := l.Get(cluster.IngressClasses, "", ""); !apierrors.IsNotFound(err) {
			t.Errorf("a default that isn't there: %v", err)
		}
		if list, err := l.List(cluster.Pods, "apps"); len(list) > 0 || err != nil {
			t.Errorf("Pods, which the webhook doesn't look up: %v, %v", list, err)
		}
	}
	if got := len(b.dynamic.Actions()); got != 5 {
		t.Errorf("%d requests: %v", got, b.dynamic.Actions())
	}
	if gaps := l.Gaps(); len(gaps) > 0 {
		t.Errorf("gaps %q", gaps)
	}
}

// What can't be read is an error, and named once.
func TestLookupsThatFail(t *testing.T) {
	b := newBench()
	b.refuse("list", "services", forbidden("services", `user cannot list resource "services"`))
	b.refuse("get", "persistentvolumes", forbidden("persistentvolumes", `user cannot get resource "persistentvolumes"`))
	b.refuse("list", "horizontalpodautoscalers", errors.New("the API server is gone"))
	notServed := apierrors.NewNotFound(schema.GroupResource{Resource: "x"}, "")
	b.refuse("list", "verticalpodautoscalers", notServed)
	b.refuse("list", "poddisruptionbudgets", notServed)
	l := NewLookups(t.Context(), b.dynamic)
	for range 2 {
		if _, err := l.List(cluster.Services, "apps"); !apierrors.IsForbidden(err) {
			t.Errorf("Services: %v", err)
		}
		if _, err := l.Get(cluster.PersistentVolumes, "", "pv"); !apierrors.IsForbidden(err) {
			t.Errorf("PersistentVolume: %v", err)
		}
		if _, err := cluster.List[*autoscalingv2.HorizontalPodAutoscaler](l, cluster.HorizontalPodAutoscalers, "apps"); err == nil {
			t.Error("HorizontalPodAutoscalers: no error")
		}
		if list, err := l.List(cluster.VerticalPodAutoscalers, "apps"); len(list) > 0 || err != nil {
			t.Errorf("a kind that isn't served: %v, %v", list, err)
		}
		if _, err := l.List(cluster.PodDisruptionBudgets, "apps"); err == nil {
			t.Error("a kind that every API server serves isn't served: no error")
		}
	}
	if want := []string{"you may not list services in namespace apps", "you may not get persistentvolumes pv", "the API server is gone", `x "" not found`}; !slices.Equal(l.Gaps(), want) {
		t.Errorf("gaps %q, want %q", l.Gaps(), want)
	}
}
