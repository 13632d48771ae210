package lookups

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
)

// An object on which reading panics is named, and known by its name only; others are read, and
// errors stay errors.
func TestPoisonedObjectIsSkipped(t *testing.T) {
	core, logged := observer.New(zap.InfoLevel)
	k := &resourceCache{of: cluster.Services, resource: "services", logger: zap.New(core)}
	read := k.safely(func(object any) (any, error) {
		if service, ok := object.(*corev1.Service); ok && service.Name == "poison" {
			panic("nobody has thought of this")
		}
		return trim(object)
	})
	service := func(name string) *corev1.Service {
		return &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: name, UID: "u-1", ResourceVersion: "7"},
			Spec:       corev1.ServiceSpec{Selector: map[string]string{"app": "web"}},
		}
	}
	got, err := read(service("poison"))
	want := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "poison", UID: "u-1", ResourceVersion: "7"}}
	if diff := cmp.Diff(any(want), got); err != nil || diff != "" {
		t.Errorf("%v; -want +got:\n%s", err, diff)
	}
	if lines := logged.All(); len(lines) != 1 || lines[0].ContextMap()["name"] != "poison" || lines[0].ContextMap()["namespace"] != "apps" {
		t.Errorf("logged %v", lines)
	}
	if got, err := read(service("web")); err != nil || got.(*corev1.Service).Spec.Selector["app"] != "web" { //nolint:forcetypeassert // trim keeps the type
		t.Errorf("%v, %v", got, err)
	}
	if _, err := k.safely(decodeAs(cluster.Services))("no object"); err != nil {
		t.Error(err)
	}
	if _, err := k.safely(func(any) (any, error) { panic(strings.Repeat("x", 10)) })("no object"); err == nil {
		t.Error("a panic about nothing that has a name is no error")
	}
}
