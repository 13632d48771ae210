// Package cluster is what decisions know of other objects than the one that they are about: a table
// of the kinds that they look up, and the interface that answers from caches in the webhook and
// from the manifests in a review.
package cluster

import (
	"errors"
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Reader returns objects of the kinds in [Kinds]. Its callers must not change what they get.
//
// An object that doesn't exist is an error for which apierrors.IsNotFound is true. A
// [NotGivenError] says that manifests don't contain it. Any other error means that the answer isn't
// known.
//
// Caches keep only what decisions use: see the comment of each kind. Of the metadata that is name,
// namespace, UID, creation and deletion time, and the annotations and the controller that the
// comment names.
type Reader interface {
	// Get returns the object of a name. The namespace is empty for kinds without one. An empty name
	// is the default object of kinds that have one.
	Get(kind *Kind, namespace, name string) (metav1.Object, error)
	// List returns the objects of a namespace.
	List(kind *Kind, namespace string) ([]metav1.Object, error)
}

// Serves reports whether the API server serves an optional kind, and so whether what owns the kind
// is installed. Readers that can't tell, as those of manifests, have no method Serves: true is
// assumed. An error says that the answer isn't known.
func Serves(r Reader, kind *Kind) (bool, error) {
	if server, ok := r.(interface {
		Serves(kind *Kind) (bool, error)
	}); ok {
		return server.Serves(kind)
	}
	return true, nil
}

// Get returns an object by its name: see [Reader].
func Get[T metav1.Object](r Reader, kind *Kind, namespace, name string) (T, error) {
	object, err := r.Get(kind, namespace, name)
	if err != nil {
		var none T
		return none, err
	}
	typed, ok := object.(T)
	if !ok {
		return typed, fmt.Errorf("%s %q is a %T", kind.Kind, name, object)
	}
	return typed, nil
}

// List returns the objects of a namespace: see [Reader].
func List[T metav1.Object](r Reader, kind *Kind, namespace string) ([]T, error) {
	objects, err := r.List(kind, namespace)
	if err != nil {
		return nil, err
	}
	return Typed[T](objects), nil
}

// Typed returns the objects of a type.
func Typed[T metav1.Object](objects []metav1.Object) []T {
	list := make([]T, 0, len(objects))
	for _, object := range objects {
		if typed, ok := object.(T); ok {
			list = append(list, typed)
		}
	}
	return list
}

// NotGivenError says that an object isn't in the manifests. It may exist in the cluster, so nothing
// is refused for it.
type NotGivenError struct {
	Kind string
	// Namespace is empty for kinds without one.
	Namespace string
	// Name is empty for the default object.
	Name string
}

// IsNotGiven reports an error that says so.
func IsNotGiven(err error) bool {
	_, is := errors.AsType[*NotGivenError](err)
	return is
}

// Error returns `PersistentVolumeClaim "apps/data" is not in the manifests`.
func (e *NotGivenError) Error() string {
	const where = " is not in the manifests"
	if e.Name == "" {
		return "a default " + e.Kind + where
	}
	name := e.Name
	if e.Namespace != "" {
		name = e.Namespace + "/" + name
	}
	return e.Kind + " " + strconv.Quote(name) + where
}
