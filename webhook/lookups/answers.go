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

// LimitRanges are those of a namespace.
func (l *Lookups) LimitRanges(namespace string) ([]*corev1.LimitRange, error) {
	if err := l.limitRanges.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewLimitRangeLister(l.limitRanges.informer.GetIndexer()).LimitRanges(namespace).List(labels.Everything())
}

// ResourceQuotas are those of a namespace.
func (l *Lookups) ResourceQuotas(namespace string) ([]*corev1.ResourceQuota, error) {
	if err := l.resourceQuotas.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewResourceQuotaLister(l.resourceQuotas.informer.GetIndexer()).ResourceQuotas(namespace).List(labels.Everything())
}

// PersistentVolumeClaim is the one of that name.
func (l *Lookups) PersistentVolumeClaim(namespace, name string) (*corev1.PersistentVolumeClaim, error) {
	if err := l.claims.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewPersistentVolumeClaimLister(l.claims.informer.GetIndexer()).PersistentVolumeClaims(namespace).Get(name)
}

// PersistentVolume is the one of that name.
func (l *Lookups) PersistentVolume(name string) (*corev1.PersistentVolume, error) {
	if err := l.volumes.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewPersistentVolumeLister(l.volumes.informer.GetIndexer()).Get(name)
}

// StorageClass is the one of that name, and the default class for none.
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
