package volume

import (
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// The names are those of the API, and a type that a new version of the API adds fails here.
func TestSourceKnowsEveryType(t *testing.T) {
	source := reflect.TypeFor[corev1.VolumeSource]()
	for field := range source.Fields() {
		var v corev1.VolumeSource
		reflect.ValueOf(&v).Elem().FieldByIndex(field.Index).Set(reflect.New(field.Type.Elem()))
		want, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if got := Source(&v); got != want {
			t.Errorf("%s: got %q, want %q", field.Name, got, want)
		}
	}
}
