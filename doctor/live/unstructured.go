package live

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/doctor"
)

func unstructuredOf(pod *corev1.Pod) (*unstructured.Unstructured, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pod)
	if err != nil {
		return nil, fmt.Errorf("encode the pod of the dry run: %w", err)
	}
	return &unstructured.Unstructured{Object: fields}, nil
}

// accessReview returns the question whether a user has a right.
func accessReview(user string, groups []any, right doctor.Right) *unstructured.Unstructured {
	attributes := map[string]any{"verb": right.Verb, "group": right.Group, "resource": right.Resource}
	if right.Name != "" {
		attributes["name"] = right.Name
	}
	if right.Namespace != "" {
		attributes["namespace"] = right.Namespace
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
		"spec": map[string]any{"user": user, "groups": groups, "resourceAttributes": attributes},
	}}
}

// allowed returns the answer to an accessReview.
func allowed(review *unstructured.Unstructured) bool {
	yes, _, err := unstructured.NestedBool(review.Object, "status", "allowed")
	return yes && err == nil
}
