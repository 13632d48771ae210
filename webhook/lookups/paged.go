package lookups

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/cluster"
)

// pageSize is how many objects a request lists.
const pageSize = 500

// paged lists page by page, and trims each page before it asks for the next. An informer lists all
// objects at once, so that those of a large cluster, whole, wouldn't fit into memory. API servers that
// stream lists, as from 1.34 on, aren't asked for any.
type paged struct {
	lists cache.ListerWithContext
	watch cache.WatcherWithContext
	trim  cache.TransformFunc
}

// newListerWatcher returns a ListerWatcher whose lists are trimmed already.
func newListerWatcher(of cache.ListerWatcher, trim cache.TransformFunc) cache.ListerWatcher {
	p := paged{lists: cache.ToListerWithContext(of), watch: cache.ToWatcherWithContext(of), trim: trim}
	return cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc: p.list,
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return p.watch.WatchWithContext(ctx, options)
		},
	}, of)
}

// list returns all objects as they are now, trimmed. It starts with the newest state whatever version
// would do: for version 0 the API server ignores the limit.
func (p paged) list(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	all := &metav1.List{}
	options.ResourceVersion, options.ResourceVersionMatch, options.Continue = "", "", ""
	for options.Limit = pageSize; ; {
		page, err := p.lists.ListWithContext(ctx, options)
		if apierrors.IsResourceExpired(err) && options.Continue != "" {
			// It took longer than the API server keeps the state that it began with.
			all.Items, options.Continue, options.Limit = nil, "", 0
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := p.appendTrimmed(all, page); err != nil {
			return nil, err
		}
		if options.Continue = all.Continue; options.Continue == "" {
			return all, nil
		}
	}
}

// appendTrimmed appends the trimmed objects of a page.
func (p paged) appendTrimmed(all *metav1.List, page runtime.Object) error {
	about, err := meta.ListAccessor(page)
	if err != nil {
		return err
	}
	all.ResourceVersion, all.Continue = about.GetResourceVersion(), about.GetContinue()
	return meta.EachListItem(page, func(object runtime.Object) error {
		done, err := p.trim(object)
		if err != nil {
			return err
		}
		kept, ok := done.(cluster.Object)
		if !ok {
			return fmt.Errorf("a list has a %T", object)
		}
		all.Items = append(all.Items, runtime.RawExtension{Object: trimmed{kept}})
		return nil
	})
}

// trimmed marks an object of a list, which the informer would trim once more.
type trimmed struct{ cluster.Object }

// once returns the function that trims what isn't trimmed.
func once(trim cache.TransformFunc) cache.TransformFunc {
	return func(object any) (any, error) {
		if done, is := object.(trimmed); is {
			return done.Object, nil
		}
		return trim(object)
	}
}
