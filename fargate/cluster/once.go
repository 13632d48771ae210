package cluster

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ListingOnce returns a reader for one decision that asks for the same lists many times: it reads
// each of them once. A reader with indexes is returned as it is, and so is nil.
func ListingOnce(r Reader) Reader {
	if r == nil || Narrows(r) {
		return r
	}
	return &listingOnce{Reader: r, lists: map[listOf]list{}}
}

type listingOnce struct {
	Reader
	lists map[listOf]list
}

type listOf struct {
	kind      *Kind
	namespace string
}

type list struct {
	objects []metav1.Object
	err     error
}

// List implements [Reader].
func (l *listingOnce) List(kind *Kind, namespace string) ([]metav1.Object, error) {
	of := listOf{kind, namespace}
	read, ok := l.lists[of]
	if !ok {
		read.objects, read.err = l.Reader.List(kind, namespace)
		l.lists[of] = read
	}
	return read.objects, read.err
}

// Serves is that of the reader: see [Serves].
func (l *listingOnce) Serves(kind *Kind) (bool, error) { return Serves(l.Reader, kind) }
