// Package live reads the objects of a live cluster for a review: by lists, page by page, of the
// kinds that are judged or looked up and of no others. It writes nothing, and reads no Secret.
package live

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/spool"
	"fargate-webhook/kinds/custom"
	"fargate-webhook/review"
)

// Reader reads a cluster.
type Reader struct {
	Client  kube.Interface
	Dynamic dynamic.Interface
	// Namespace is the one that is reviewed, "" for all.
	Namespace string
	// Selector selects the objects that are reported. Decisions know the others too.
	Selector labels.Selector
	// PodTemplates are further kinds that hold pod templates.
	PodTemplates []custom.Workload
	// Progress is called with what is being read, and how many objects were; nil for nobody.
	Progress func(resource string, objects int)
	// spool has the objects of the sources, so that they don't fill the memory.
	spool spool.Spool
}

// Close removes the objects of the sources that Read returned.
func (r *Reader) Close() error { return r.spool.Close() }

// Read returns the objects of the cluster as they could be created now (see [fargate.Restore]).
// Those of a controller whose kind is read too are left out, and so is what is being deleted. The
// kinds that the API server answers with an error are gaps. Without an answer Read returns an error.
// The sources can be opened until Close.
func (r *Reader) Read(ctx context.Context) (sources []review.Source, gaps []*Gap, err error) {
	all, err := r.resources(ctx)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil && !answered(err) {
		return nil, nil, err
	}
	if err != nil {
		text := err.Error() + ": its custom resources are not reviewed"
		gaps = append(gaps, &Gap{Name: "cluster", Text: text, NotJudged: true, Serious: !apierrors.IsForbidden(err)})
	}
	c := &collected{spool: &r.spool, read: map[schema.GroupKind]bool{}}
	for i := range all {
		of := &all[i]
		if !of.namespaced && r.Namespace != "" && !of.context && of.Resource != namespaces.Resource {
			continue // it belongs to no namespace
		}
		switch err := r.list(ctx, of, c); {
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case apierrors.IsNotFound(err): // its kind was removed meanwhile
			c.drop(of)
		case answered(err):
			gaps = append(gaps, r.gap(of, err))
			c.drop(of)
		case err != nil:
			return nil, gaps, fmt.Errorf("list %s: %w", of.name(), err)
		}
	}
	return c.sources(), gaps, nil
}

// answered reports an error with which the API server answered a request that it knows the user of:
// other requests may do better.
func answered(err error) bool {
	status := apierrors.APIStatus(nil)
	return errors.As(err, &status) && !apierrors.IsUnauthorized(err)
}

// list reads the objects of a resource.
func (r *Reader) list(ctx context.Context, of *resource, c *collected) error {
	client, options := r.Dynamic.Resource(of.GroupVersionResource), metav1.ListOptions{}
	objects := dynamic.ResourceInterface(client)
	switch {
	case of.only != nil:
		objects, options.FieldSelector = client.Namespace(of.only.Namespace), "metadata.name="+of.only.Name
	case r.Namespace != "" && of.namespaced:
		objects = client.Namespace(r.Namespace)
	case r.Namespace != "" && of.Resource == namespaces.Resource:
		options.FieldSelector = "metadata.name=" + r.Namespace
	}
	count := 0
	r.progress(of, count)
	for page, err := range kube.Pages(ctx, objects, options) {
		if err != nil {
			return err
		}
		for i := range page {
			if err := c.add(of, &page[i], r.reports(of, &page[i])); err != nil {
				return err
			}
		}
		count += len(page)
		r.progress(of, count)
	}
	c.read[of.groupKind()] = !of.context
	return nil
}

// reports whether an object is reported if it has no controller.
func (r *Reader) reports(of *resource, object *unstructured.Unstructured) bool {
	return !of.context && (r.Selector == nil || r.Selector.Matches(labels.Set(object.GetLabels())))
}

func (r *Reader) progress(of *resource, objects int) {
	if r.Progress != nil {
		r.Progress(of.name(), objects)
	}
}
