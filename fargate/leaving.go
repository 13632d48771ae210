package fargate

import (
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// isLeaving reports an object that is being deleted, unless the request changes its spec: while a
// finalizer holds a Service, for example, it still works, and may be made one that doesn't.
func isLeaving(object runtime.Object, request *Request) bool {
	o, ok := object.(metav1.Object)
	if !ok || o.GetDeletionTimestamp() == nil {
		return false
	}
	// Two specs that differ only in how they are written count as changed: they have the same
	// findings, and an update gets none that were there before.
	return request.Operation != OperationUpdate || request.Old == nil || reflect.DeepEqual(specOf(object), specOf(request.Old))
}

// specOf returns the spec of an object, nil if it has none. Every kind that is judged has a field
// of this name.
func specOf(object runtime.Object) any {
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
