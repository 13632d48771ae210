package cluster

import (
	"fmt"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Kind is a kind of object that decisions look up.
type Kind struct {
	Group, Version, Kind, Resource string
	Namespaced                     bool
	// Optional is true for a kind that not every API server serves. Where it isn't served it has no
	// objects.
	Optional bool
	// Also are other versions, of manifests, that decode into the same type.
	Also []string
	// GivenOnly is true for a kind of which only manifests are asked: caches have no objects of it.
	GivenOnly bool
	// New returns an empty object.
	New func() Object
	// defaultAnnotations mark the default object of the kind, when "true"; empty for kinds that
	// have no default.
	defaultAnnotations []string
}

// Object is a Kubernetes object.
type Object interface {
	runtime.Object
	metav1.Object
}

// Find returns the kind of an API version, nil for kinds that decisions don't look up.
func Find(apiVersion, kind string) *Kind {
	of, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil
	}
	for _, k := range all {
		if k.Kind == kind && k.Group == of.Group && (k.Version == of.Version || slices.Contains(k.Also, of.Version)) {
			return k
		}
	}
	return nil
}

// GroupVersionResource returns what the API server serves the kind as.
func (k *Kind) GroupVersionResource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: k.Group, Version: k.Version, Resource: k.Resource}
}

// Decode returns an object of the kind, as the API server sent it, in its type.
func (k *Kind) Decode(from *unstructured.Unstructured) (Object, error) {
	object := k.New()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(from.Object, object); err != nil {
		return nil, fmt.Errorf("decode %s %q: %w", k.Kind, types.NamespacedName{Namespace: from.GetNamespace(), Name: from.GetName()}, err)
	}
	return object, nil
}

// NotFound returns the error of a [Reader] for an object that doesn't exist; an empty name is that of
// the default object.
func (k *Kind) NotFound(name string) error {
	if name == "" {
		name = "(default)"
	}
	return apierrors.NewNotFound(schema.GroupResource{Group: k.Group, Resource: k.Resource}, name)
}

// Holds reports whether an object is of the kind, as manifests or as caches have it.
func (k *Kind) Holds(object metav1.Object) bool {
	if _, cached := object.(*ReplicaSet); cached {
		return k == ReplicaSets
	}
	return reflect.TypeOf(object) == reflect.TypeOf(k.New())
}

// Default returns the object that the API server takes where none is named, as for StorageClasses
// and IngressClasses: of those marked as the default the newest, then the first by name. It returns
// nil when none is, and for kinds without a default.
func (k *Kind) Default(objects []metav1.Object) metav1.Object {
	var best metav1.Object
	for _, object := range objects {
		marked := false
		for _, annotation := range k.defaultAnnotations {
			marked = marked || object.GetAnnotations()[annotation] == "true"
		}
		if marked && (best == nil || supersedes(object, best)) {
			best = object
		}
	}
	return best
}

// supersedes reports whether a is preferred to b of two default objects.
func supersedes(a, b metav1.Object) bool {
	then, now := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	if then.Equal(&now) {
		return a.GetName() < b.GetName()
	}
	return now.Before(&then)
}
