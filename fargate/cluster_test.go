package fargate

import (
	"slices"
	"testing"
	"time"

	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// class makes a StorageClass that was created so many minutes after the first.
func class(name string, minute int, annotation, value string) *storagev1.StorageClass {
	return &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{
		Name: name, Annotations: map[string]string{annotation: value},
		CreationTimestamp: metav1.NewTime(time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)),
	}}
}

func TestDefaultStorageClass(t *testing.T) {
	for name, c := range map[string]struct {
		classes []*storagev1.StorageClass
		want    string
	}{
		"no class":         {nil, ""},
		"none is default":  {[]*storagev1.StorageClass{class("a", 0, DefaultClassAnnotation, "false"), class("b", 1, "other", "true")}, ""},
		"one is":           {[]*storagev1.StorageClass{class("a", 1, DefaultClassAnnotation, "false"), class("b", 0, DefaultClassAnnotation, "true")}, "b"},
		"by the beta form": {[]*storagev1.StorageClass{class("a", 1, BetaDefaultClassAnnotation, "true"), class("b", 0, "other", "true")}, "a"},
		"the newest":       {[]*storagev1.StorageClass{class("a", 0, DefaultClassAnnotation, "true"), class("b", 2, DefaultClassAnnotation, "true"), class("c", 1, BetaDefaultClassAnnotation, "true")}, "b"},
		"first by name":    {[]*storagev1.StorageClass{class("c", 1, DefaultClassAnnotation, "true"), class("b", 1, DefaultClassAnnotation, "true"), class("a", 0, DefaultClassAnnotation, "true")}, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // in both orders
				got := ""
				if best := DefaultStorageClass(c.classes); best != nil {
					got = best.Name
				}
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				slices.Reverse(c.classes)
			}
		})
	}
}

func TestNotGivenError(t *testing.T) {
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
