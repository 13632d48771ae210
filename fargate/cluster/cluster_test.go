package cluster

import (
	"errors"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// class returns a StorageClass that was created some minutes after the first.
func class(name string, minute int, annotation, value string) metav1.Object {
	return &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{
		Name: name, Annotations: map[string]string{annotation: value},
		CreationTimestamp: metav1.NewTime(time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)),
	}}
}

func TestDefaultIsTheNewestThatIsMarked(t *testing.T) {
	ingressClass := &networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{
		Name: "alb", Annotations: map[string]string{networkingv1.AnnotationIsDefaultIngressClass: "true"},
	}}
	for name, c := range map[string]struct {
		kind    *Kind
		objects []metav1.Object
		want    string
	}{
		"no class":          {StorageClasses, nil, ""},
		"none is default":   {StorageClasses, []metav1.Object{class("a", 0, DefaultClassAnnotation, "false"), class("b", 1, "other", "true")}, ""},
		"one is":            {StorageClasses, []metav1.Object{class("a", 1, DefaultClassAnnotation, "false"), class("b", 0, DefaultClassAnnotation, "true")}, "b"},
		"by the beta form":  {StorageClasses, []metav1.Object{class("a", 1, BetaDefaultClassAnnotation, "true"), class("b", 0, "other", "true")}, "a"},
		"the newest":        {StorageClasses, []metav1.Object{class("a", 0, DefaultClassAnnotation, "true"), class("b", 2, DefaultClassAnnotation, "true"), class("c", 1, BetaDefaultClassAnnotation, "true")}, "b"},
		"first by name":     {StorageClasses, []metav1.Object{class("c", 1, DefaultClassAnnotation, "true"), class("b", 1, DefaultClassAnnotation, "true"), class("a", 0, DefaultClassAnnotation, "true")}, "b"},
		"IngressClass":      {IngressClasses, []metav1.Object{ingressClass}, "alb"},
		"without a default": {Services, []metav1.Object{class("a", 0, DefaultClassAnnotation, "true")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // in both orders
				got := ""
				if best := c.kind.Default(c.objects); best != nil {
					got = best.GetName()
				}
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				slices.Reverse(c.objects)
			}
		})
	}
}

func TestNotGivenErrorNamesTheObject(t *testing.T) {
	for want, err := range map[string]error{
		`PersistentVolumeClaim "apps/data" is not in the manifests`: &NotGivenError{Kind: "PersistentVolumeClaim", Namespace: "apps", Name: "data"},
		`StorageClass "efs" is not in the manifests`:                &NotGivenError{Kind: "StorageClass", Name: "efs"},
		"a default StorageClass is not in the manifests":            &NotGivenError{Kind: "StorageClass"},
	} {
		if err.Error() != want {
			t.Errorf("got %s, want %s", err, want)
		}
	}
}

func TestKindsAreFoundByVersionAndName(t *testing.T) {
	for _, kind := range slices.Concat(Kinds, GivenKinds) {
		version := kind.Version
		if kind.Group != "" {
			version = kind.Group + "/" + version
		}
		if Find(version, kind.Kind) != kind {
			t.Errorf("%s %s isn't found", version, kind.Kind)
		}
		for _, other := range slices.Concat(Kinds, GivenKinds) {
			if other.Holds(kind.New()) != (kind == other) {
				t.Errorf("kind %s holds a %s: %v", other.Kind, kind.Kind, kind != other)
			}
		}
		if kind.Holds(&ReplicaSet{}) != (kind == ReplicaSets) {
			t.Errorf("kind %s holds a ReplicaSet of a cache: %v", kind.Kind, kind != ReplicaSets)
		}
	}
	for _, unknown := range [][2]string{{"v1", "StorageClass"}, {"storage.k8s.io/v1beta1", "StorageClass"}, {"v1", "Node"}} {
		if Find(unknown[0], unknown[1]) != nil {
			t.Errorf("%q is found", unknown)
		}
	}
}

// fixed is a Reader that always returns the same.
type fixed struct {
	object metav1.Object
	err    error
}

func (f fixed) Get(*Kind, string, string) (metav1.Object, error) { return f.object, f.err }
func (f fixed) List(*Kind, string) ([]metav1.Object, error)      { return []metav1.Object{f.object}, f.err }

func TestGetAndListAreTyped(t *testing.T) {
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web"}}
	failure := errors.New("the cache has not synced")
	if got, err := Get[*corev1.Service](fixed{object: service}, Services, "apps", "web"); got != service || err != nil {
		t.Errorf("Get: %v, %v", got, err)
	}
	if got, err := List[*corev1.Service](fixed{object: service}, Services, "apps"); len(got) != 1 || got[0] != service || err != nil {
		t.Errorf("List: %v, %v", got, err)
	}
	if got, err := Get[*corev1.Service](fixed{err: failure}, Services, "apps", "web"); got != nil || !errors.Is(err, failure) {
		t.Errorf("Get: %v, %v", got, err)
	}
	if got, err := List[*corev1.Service](fixed{err: failure}, Services, "apps"); got != nil || !errors.Is(err, failure) {
		t.Errorf("List: %v, %v", got, err)
	}
	if _, err := Get[*corev1.Service](fixed{object: &corev1.LimitRange{}}, Services, "apps", "web"); err == nil || err.Error() != `Service "web" is a *v1.LimitRange` {
		t.Errorf("Get of another type: %v", err)
	}
}
