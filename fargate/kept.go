package fargate

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/kinds"
)

// kept returns the annotations and metadata of the object before an update, and what admission
// added to it when it was created, unless the update removes that from the record. It returns
// nothing for other requests, and for phase Validating, which changes nothing.
func (d *decider) kept(now *metav1.ObjectMeta) (before map[string]string, keys []string) {
	old, ok := d.request.Old.(metav1.Object)
	if !ok || d.request.Operation != OperationUpdate || d.request.Phase == Validating {
		return nil, nil
	}
	before = old.GetAnnotations()
	keys = kinds.Added(before)
	if _, stated := now.Annotations[kinds.AddedAnnotation]; stated {
		still := kinds.Added(now.Annotations)
		keys = slices.DeleteFunc(keys, func(key string) bool {
			_, named := slices.BinarySearch(still, key) // in order, since somebody may record thousands
			return !named
		})
	}
	return before, keys
}

// keeps reports an update that keeps what admission added under a key.
func (d *decider) keeps(now *metav1.ObjectMeta, key string) bool {
	_, keys := d.kept(now)
	return slices.Contains(keys, key)
}

// lost returns those of our annotations that admission added when the object was created, and that
// an update leaves out. A value that was changed since is somebody else's.
func (d *decider) lost(now *metav1.ObjectMeta, ours map[string]string) map[string]string {
	before, keys := d.kept(now)
	lost := map[string]string{}
	for _, key := range keys {
		want, isOurs := ours[key]
		if _, stated := now.Annotations[key]; isOurs && !stated && before[key] == want {
			lost[key] = want
		}
	}
	return lost
}

// addAnnotations adds annotations, and the record of them, to an object. It returns the patch, and
// all annotations after it.
func addAnnotations(now *metav1.ObjectMeta, add map[string]string) (jsonpatch.Patch, map[string]string) {
	if len(add) == 0 {
		return nil, now.Annotations
	}
	add = maps.Clone(add)
	add[kinds.AddedAnnotation] = kinds.WithAdded(now.Annotations, slices.Collect(maps.Keys(add))...)
	all := maps.Clone(now.Annotations)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, add)
	return jsonpatch.SetStrings("/metadata/annotations", now.Annotations, add), all
}

// recordField records a field that admission adds to an object.
func recordField(now *metav1.ObjectMeta, path string) jsonpatch.Patch {
	return jsonpatch.SetStrings("/metadata/annotations", now.Annotations,
		map[string]string{kinds.AddedAnnotation: kinds.WithAdded(now.Annotations, path)})
}
