package lookups

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/cluster"
)

// Get returns an object by its name, and the default object for an empty name. It never calls the
// API server.
func (l *Lookups) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	indexer, err := l.indexer(kind)
	if err != nil {
		return nil, err
	}
	if name == "" {
		if object := kind.Default(objects(indexer.List())); object != nil {
			return object, nil
		}
		return nil, kind.NotFound("")
	}
	found, exists, err := indexer.GetByKey(strings.TrimPrefix(namespace+"/"+name, "/"))
	if err != nil {
		return nil, err
	}
	object, ok := found.(metav1.Object)
	if !exists || !ok {
		return nil, kind.NotFound(name)
	}
	return object, nil
}

// List returns the objects of a namespace. It never calls the API server. It has none of the
// kinds of which only manifests are asked.
func (l *Lookups) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	if kind.GivenOnly {
		return nil, nil
	}
	indexer, err := l.indexer(kind)
	if err != nil {
		return nil, err
	}
	found, err := indexer.ByIndex(cache.NamespaceIndex, namespace)
	if err != nil {
		return nil, err
	}
	return objects(found), nil
}

// Serves reports whether the API server served an optional kind when it was asked last.
func (l *Lookups) Serves(kind *cluster.Kind) (bool, error) { return l.extensions.serves(kind) }

// indexer returns the cache of a kind, or an error while it isn't complete. A kind that the API
// server doesn't serve has no objects.
func (l *Lookups) indexer(of *cluster.Kind) (cache.Indexer, error) {
	if of.Optional {
		return l.extensions.indexer(of)
	}
	k, ok := l.byKind[of]
	if !ok {
		return nil, fmt.Errorf("%s are not cached", of.Resource)
	}
	if err := k.ready(); err != nil {
		return nil, err
	}
	return k.informer.GetIndexer(), nil
}

func objects(found []any) []metav1.Object {
	list := make([]metav1.Object, 0, len(found))
	for _, item := range found {
		if object, ok := item.(metav1.Object); ok {
			list = append(list, object)
		}
	}
	return list
}
