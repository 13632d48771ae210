package volume

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// PersistentSource returns the field that is set in a PersistentVolume: "hostPath".
func PersistentSource(source *corev1.PersistentVolumeSource) string {
	for field, value := range reflect.ValueOf(*source).Fields() {
		if !value.IsNil() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			return name
		}
	}
	return "unknown"
}
