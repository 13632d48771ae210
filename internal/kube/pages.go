package kube

import (
	"context"
	"errors"
	"iter"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// pageSize is how many objects a request lists.
const pageSize = 500

// Pages lists objects, page by page, and ends with the first error. Where listing takes longer than
// the API server keeps the state that it began with, the rest is as it is by then.
func Pages(ctx context.Context, client dynamic.ResourceInterface, options metav1.ListOptions) iter.Seq2[[]unstructured.Unstructured, error] {
	options.Limit = pageSize
	return func(yield func([]unstructured.Unstructured, error) bool) {
		for {
			page, err := client.List(ctx, options)
			if next := continuation(err); next != "" && next != options.Continue {
				options.Continue = next
				continue
			}
			if err != nil {
				yield(nil, err)
				return
			}
			next := page.GetContinue()
			if !yield(page.Items, nil) || next == "" {
				return
			}
			if next == options.Continue {
				yield(nil, errors.New("the API server sends the same page again"))
				return
			}
			options.Continue = next
		}
	}
}

// continuation returns the token with which an API server lets a list continue that took too long;
// "" for other errors.
func continuation(err error) string {
	if status := apierrors.APIStatus(nil); apierrors.IsResourceExpired(err) && errors.As(err, &status) {
		return status.Status().Continue
	}
	return ""
}
