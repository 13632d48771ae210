package fargate

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// fakeCluster is a Cluster of objects by kind and name, where each name is used
// in one namespace only. An object that is nil can't be looked up.
type fakeCluster struct {
	objects map[string]runtime.Object
	// manifests makes what isn't there a thing that the manifests don't tell.
	manifests bool
}

// found looks an object up.
func found[T runtime.Object](c fakeCluster, kind, name string) (T, error) {
	var none T
	object, ok := c.objects[kind+"/"+name]
	typed, isTyped := object.(T)
	switch {
	case ok && object == nil:
		return none, errors.New("the cache has not synced")
	case isTyped:
		return typed, nil
	case c.manifests:
		return none, &NotGivenError{Kind: kind, Name: name}
	}
	return none, apierrors.NewNotFound(schema.GroupResource{Resource: kind}, name)
}

func (c fakeCluster) LimitRanges(string) ([]*corev1.LimitRange, error)       { return nil, nil }
func (c fakeCluster) ResourceQuotas(string) ([]*corev1.ResourceQuota, error) { return nil, nil }

func (c fakeCluster) PersistentVolumeClaim(namespace, name string) (*corev1.PersistentVolumeClaim, error) {
	return found[*corev1.PersistentVolumeClaim](c, "claim", namespace+"/"+name)
}

func (c fakeCluster) PersistentVolume(name string) (*corev1.PersistentVolume, error) {
	return found[*corev1.PersistentVolume](c, "volume", name)
}

func (c fakeCluster) StorageClass(name string) (*storagev1.StorageClass, error) {
	return found[*storagev1.StorageClass](c, "class", name)
}
