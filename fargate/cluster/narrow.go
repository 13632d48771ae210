package cluster

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// narrower is a [Reader] with indexes: it need not return all objects of a namespace where a decision
// asks for a few. What it returns may have more than what is asked for.
type narrower interface {
	Selecting(kind *Kind, namespace string, labels map[string]string) ([]metav1.Object, error)
	Labelled(kind *Kind, namespace string, selector map[string]string) ([]metav1.Object, error)
	Scaling(kind *Kind, namespace string, names []string) ([]metav1.Object, error)
}

// Narrows reports a reader that returns a few objects sooner than all of a namespace.
func Narrows(r Reader) bool {
	_, is := r.(narrower)
	return is
}

// Selecting returns at least the objects of a namespace whose selector matches pods with the labels,
// or with some of them.
func Selecting(r Reader, kind *Kind, namespace string, labels map[string]string) ([]metav1.Object, error) {
	if n, ok := r.(narrower); ok {
		return n.Selecting(kind, namespace, labels)
	}
	return r.List(kind, namespace)
}

// Labelled returns at least the workloads of a namespace whose pods have all labels of a selector,
// and with a ReplicaSet of a Deployment the other revisions of that.
func Labelled(r Reader, kind *Kind, namespace string, selector map[string]string) ([]metav1.Object, error) {
	if n, ok := r.(narrower); ok {
		return n.Labelled(kind, namespace, selector)
	}
	return r.List(kind, namespace)
}

// Scaling returns at least the autoscalers of a namespace whose target has one of the names.
func Scaling(r Reader, kind *Kind, namespace string, names []string) ([]metav1.Object, error) {
	if n, ok := r.(narrower); ok {
		return n.Scaling(kind, namespace, names)
	}
	return r.List(kind, namespace)
}
