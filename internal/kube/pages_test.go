package kube_test

import (
	"context"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/internal/kube"
)

// paged has the pages of a list.
type paged struct {
	dynamic.ResourceInterface
	asked []string
	next  map[string]string
	gone  map[string]string
}

func (p *paged) List(_ context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	p.asked = append(p.asked, options.Continue)
	if options.Limit != 500 || options.LabelSelector != "a=b" {
		return nil, apierrors.NewBadRequest("the options are wrong")
	}
	if next := p.gone[options.Continue]; next != "" {
		err := apierrors.NewResourceExpired("too old")
		err.ErrStatus.Continue = next
		return nil, err
	}
	page := &unstructured.UnstructuredList{Items: make([]unstructured.Unstructured, 2)}
	page.SetContinue(p.next[options.Continue])
	return page, nil
}

// Lists come in pages, one that took too long goes on, and none goes on for ever.
func TestPages(t *testing.T) {
	for name, c := range map[string]struct {
		pages  paged
		count  int
		asked  string
		failed string
	}{
		"one":            {paged{}, 2, "", ""},
		"two":            {paged{next: map[string]string{"": "2"}}, 4, " 2", ""},
		"too slow":       {paged{next: map[string]string{"": "2", "later": "3"}, gone: map[string]string{"2": "later"}}, 6, " 2 later 3", ""},
		"too old for it": {paged{next: map[string]string{"": "2"}, gone: map[string]string{"2": "2"}}, 2, " 2", "too old"},
		"the same again": {paged{next: map[string]string{"": "2", "2": "2"}}, 4, " 2", "the API server sends the same page again"},
	} {
		t.Run(name, func(t *testing.T) {
			count, failed := 0, ""
			for page, err := range kube.Pages(t.Context(), &c.pages, metav1.ListOptions{LabelSelector: "a=b"}) {
				count += len(page)
				if err != nil {
					failed = err.Error()
				}
			}
			if count != c.count || failed != c.failed || strings.Join(c.pages.asked, " ") != c.asked {
				t.Errorf("%d objects, asked for %q, error %q", count, c.pages.asked, failed)
			}
		})
	}
}
