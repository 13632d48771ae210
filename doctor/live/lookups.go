package live

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/doctor"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/kube"
)

// Lookups is the [cluster.Reader] of one decision about a live cluster. It asks the API server, each
// question once. Make it with [NewLookups]. It isn't safe for concurrent use.
type Lookups struct {
	get   func(kind *cluster.Kind, namespace, name string) (metav1.Object, error)
	list  func(kind *cluster.Kind, namespace string) ([]metav1.Object, error)
	known map[question]answer
	gaps  []string
}

// question is what is asked: the name is empty for a list.
type question struct {
	kind            *cluster.Kind
	namespace, name string
}

type answer struct {
	objects []metav1.Object
	err     error
}

// NewLookups returns Lookups that ask a client until ctx ends.
func NewLookups(ctx context.Context, client dynamic.Interface) *Lookups {
	return &Lookups{
		known: map[question]answer{},
		get: func(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
			object, err := of(client, kind.GroupVersionResource(), namespace).Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return nil, err
			}
			return kind.Decode(object)
		},
		list: func(kind *cluster.Kind, namespace string) (objects []metav1.Object, err error) {
			for page, err := range kube.Pages(ctx, of(client, kind.GroupVersionResource(), namespace), metav1.ListOptions{}) {
				if err != nil {
					return nil, err
				}
				for i := range page {
					object, err := kind.Decode(&page[i])
					if err != nil {
						return nil, err
					}
					objects = append(objects, object)
				}
			}
			return objects, nil
		},
	}
}

// Get returns an object by its name, and the default object for an empty name.
func (l *Lookups) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	if name == "" {
		all, err := l.List(kind, "")
		if err != nil {
			return nil, err
		}
		if object := kind.Default(all); object != nil {
			return object, nil
		}
		return nil, kind.NotFound("")
	}
	a := l.ask(question{kind, namespace, name}, func() answer {
		object, err := l.get(kind, namespace, name)
		return answer{[]metav1.Object{object}, err}
	})
	return a.objects[0], a.err
}

// List returns the objects of a namespace. A kind that the API server doesn't serve has none, as one
// has of which only manifests are asked.
func (l *Lookups) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	if kind.GivenOnly {
		return nil, nil
	}
	a := l.ask(question{kind: kind, namespace: namespace}, func() answer {
		objects, err := l.list(kind, namespace)
		if kind.Optional && apierrors.IsNotFound(err) {
			err = nil
		}
		return answer{objects, err}
	})
	return a.objects, a.err
}

// ask returns the answer to a question, and notes it as a gap if there is none.
func (l *Lookups) ask(q question, read func() answer) answer {
	a, known := l.known[q]
	if known {
		return a
	}
	a = read()
	l.known[q] = a
	right := doctor.Right{Verb: "get", Group: q.kind.Group, Resource: q.kind.Resource, Name: q.name, Namespace: q.namespace}
	if q.name == "" {
		right.Verb = "list"
	} else if apierrors.IsNotFound(a.err) {
		return a
	}
	if a.err != nil {
		_, gap := value(failure[answer](a.err, right))
		l.gaps = append(l.gaps, gap.Error())
	}
	return a
}

// Gaps returns what could not be looked up, and why.
func (l *Lookups) Gaps() []string { return l.gaps }
