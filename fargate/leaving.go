package fargate

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// isLeaving reports an object that is being deleted, unless the request changes its content: while a
// finalizer holds a Service, for example, it still works, and may be made one that doesn't.
func isLeaving(object runtime.Object, request *Request) bool {
	o, ok := object.(metav1.Object)
	if !ok || o.GetDeletionTimestamp() == nil {
		return false
	}
	// Two that differ only in how they are written count as changed: they have the same findings,
	// and an update gets none that were there before.
	return request.Operation != OperationUpdate || request.Old == nil || reflect.DeepEqual(contentOf(object), contentOf(request.Old))
}

// contentOf returns the spec of an object, the data of a ConfigMap, and nil for an object with
// neither.
func contentOf(object runtime.Object) any {
	if config, ok := object.(*corev1.ConfigMap); ok {
		return config.Data
	}
	value := reflect.Indirect(reflect.ValueOf(object))
	if value.Kind() != reflect.Struct {
		return nil
	}
	spec := value.FieldByName("Spec")
	if !spec.IsValid() {
		return nil
	}
	return spec.Interface()
}
