package lookups

import (
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	storagelisters "k8s.io/client-go/listers/storage/v1"

	"fargate-webhook/fargate"
)

// LimitRanges returns the LimitRanges of a namespace, or an error until they are synced.
func (l *Lookups) LimitRanges(namespace string) ([]*corev1.LimitRange, error) {
	if err := l.limitRanges.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewLimitRangeLister(l.limitRanges.informer.GetIndexer()).LimitRanges(namespace).List(labels.Everything())
}

// ResourceQuotas returns the ResourceQuotas of a namespace, or an error until they are synced.
func (l *Lookups) ResourceQuotas(namespace string) ([]*corev1.ResourceQuota, error) {
	if err := l.resourceQuotas.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewResourceQuotaLister(l.resourceQuotas.informer.GetIndexer()).ResourceQuotas(namespace).List(labels.Everything())
}

// PersistentVolumeClaim returns the named PersistentVolumeClaim. It returns a NotFound error if
// there is none, and another error until they are synced.
func (l *Lookups) PersistentVolumeClaim(namespace, name string) (*corev1.PersistentVolumeClaim, error) {
	if err := l.claims.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewPersistentVolumeClaimLister(l.claims.informer.GetIndexer()).PersistentVolumeClaims(namespace).Get(name)
}

// PersistentVolume returns the named PersistentVolume. It returns a NotFound error if there is
// none, and another error until they are synced.
func (l *Lookups) PersistentVolume(name string) (*corev1.PersistentVolume, error) {
	if err := l.volumes.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewPersistentVolumeLister(l.volumes.informer.GetIndexer()).Get(name)
}

// StorageClass returns the named StorageClass, or the default one if name is "". It returns a
// NotFound error if there is none, and another error until they are synced.
func (l *Lookups) StorageClass(name string) (*storagev1.StorageClass, error) {
	if err := l.classes.ready(); err != nil {
		return nil, err
	}
	lister := storagelisters.NewStorageClassLister(l.classes.informer.GetIndexer())
	if name != "" {
		return lister.Get(name)
	}
	classes, err := lister.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	if class := fargate.DefaultStorageClass(classes); class != nil {
		return class, nil
	}
	return nil, apierrors.NewNotFound(storagev1.Resource("storageclass"), "(default)")
}
