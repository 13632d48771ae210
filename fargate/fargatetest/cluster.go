package fargatetest

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
)

// Cluster is a [cluster.Reader] that returns its objects.
type Cluster struct {
	Objects []metav1.Object
	// Manifests is true for a cluster known from manifests: a missing object is NotGiven instead of
	// NotFound.
	Manifests bool
	// Get returns Err for the names in Broken. List returns it if Broken is empty.
	Err    error
	Broken []string
	// Unserved are optional kinds that the API server doesn't serve. Serves returns Err or
	// ServesErr if it is set.
	Unserved  []*cluster.Kind
	ServesErr error
}

// Serves reports whether a kind isn't in Unserved.
func (c *Cluster) Serves(kind *cluster.Kind) (bool, error) {
	if c.Err != nil && len(c.Broken) == 0 {
		return false, c.Err
	}
	return !slices.Contains(c.Unserved, kind), c.ServesErr
}

// Get returns the object with a name, and the default object for an empty name.
func (c *Cluster) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	if slices.Contains(c.Broken, name) {
		return nil, c.Err
	}
	objects := c.of(kind, namespace)
	if name == "" {
		if object := kind.Default(objects); object != nil {
			return object, nil
		}
	}
	if at := slices.IndexFunc(objects, func(o metav1.Object) bool { return o.GetName() == name && name != "" }); at >= 0 {
		return objects[at], nil
	}
	if c.Manifests {
		return nil, &cluster.NotGivenError{Kind: kind.Kind, Namespace: namespace, Name: name}
	}
	return nil, kind.NotFound(name)
}

// List returns the objects of a namespace by name.
func (c *Cluster) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	if c.Err != nil && len(c.Broken) == 0 {
		return nil, c.Err
	}
	return c.of(kind, namespace), nil
}

func (c *Cluster) of(kind *cluster.Kind, namespace string) []metav1.Object {
	var list []metav1.Object
	for _, object := range c.Objects {
		if kind.Holds(object) && object.GetNamespace() == namespace {
			list = append(list, object)
		}
	}
	slices.SortFunc(list, func(a, b metav1.Object) int { return strings.Compare(a.GetName(), b.GetName()) })
	return list
}
