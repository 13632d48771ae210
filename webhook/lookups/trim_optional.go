package lookups

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/fargate/cluster"
)

// decodeAs returns the function that decodes objects of an optional kind. Its type has only the
// fields that decisions use; of the metadata it keeps what trimMeta does.
func decodeAs(kind *cluster.Kind) func(any) (any, error) {
	return func(object any) (any, error) {
		custom, ok := object.(*unstructured.Unstructured)
		if !ok { // decoded already, or the last known state of something deleted
			return object, nil
		}
		typed, err := kind.Decode(custom)
		if err != nil {
			return nil, err
		}
		clearUnused(typed)
		return typed, nil
	}
}

// clearUnused removes the type and the metadata that trimMeta doesn't keep.
func clearUnused(object cluster.Object) {
	object.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	object.SetGenerateName("")
	object.SetGeneration(0)
	object.SetDeletionGracePeriodSeconds(nil)
	object.SetLabels(nil)
	object.SetAnnotations(nil)
	object.SetOwnerReferences(nil)
	object.SetFinalizers(nil)
	object.SetManagedFields([]metav1.ManagedFieldsEntry(nil))
}
