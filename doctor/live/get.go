// Package live reads the state of a cluster for doctor and why: by gets and lists of what is
// needed, never of a Secret, and by dry runs, of which nothing is stored.
package live

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/doctor"
	"fargate-webhook/internal/kube"
)

// of returns the client of a resource in a namespace, "" for all or none.
func of(client dynamic.Interface, resource schema.GroupVersionResource, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return client.Resource(resource)
	}
	return client.Resource(resource).Namespace(namespace)
}

// Get reads an object. Its Value is nil if it doesn't exist.
func Get[T any](ctx context.Context, client dynamic.Interface, resource schema.GroupVersionResource, namespace, name string) doctor.Read[*T] {
	object, err := of(client, resource, namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return doctor.Read[*T]{}
	case err != nil:
		return failure[*T](err, doctor.Right{Verb: "get", Group: resource.Group, Resource: resource.Resource, Name: name, Namespace: namespace})
	}
	value := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, value); err != nil {
		return doctor.Read[*T]{Failed: fmt.Sprintf("read %s %s: %v", resource.Resource, name, err)}
	}
	return doctor.Found(value)
}

// List reads the objects of a resource, page by page, in a namespace or, for "", in all. labels and
// fields are selectors, "" for all objects.
func List[T any](ctx context.Context, client dynamic.Interface, resource schema.GroupVersionResource, namespace, labels, fields string) doctor.Read[[]T] {
	var values []T
	for page, err := range kube.Pages(ctx, of(client, resource, namespace), metav1.ListOptions{LabelSelector: labels, FieldSelector: fields}) {
		if err != nil {
			return failure[[]T](err, doctor.Right{Verb: "list", Group: resource.Group, Resource: resource.Resource, Namespace: namespace})
		}
		for i := range page {
			value, err := convert[T](&page[i])
			if err != nil {
				return doctor.Read[[]T]{Failed: err.Error()}
			}
			values = append(values, value)
		}
	}
	return doctor.Found(values)
}

func convert[T any](object *unstructured.Unstructured) (value T, err error) {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &value); err != nil {
		return value, fmt.Errorf("read %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return value, nil
}

// failure returns what a failed request says: that a right is missing, or anything else.
func failure[T any](err error, right doctor.Right) doctor.Read[T] {
	if isDenied(err) {
		return doctor.Read[T]{Denied: right.String()}
	}
	return doctor.Read[T]{Failed: err.Error()}
}

// isDenied reports that the user may not make a request, and not that admission refuses it.
func isDenied(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), " cannot ")
}
