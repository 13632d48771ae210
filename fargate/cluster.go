package fargate

import (
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// Cluster answers what a decision needs to know of other objects than the one
// it is about: from caches in the webhook, from the manifests themselves in a
// review. What isn't there is told by an error that apierrors.IsNotFound
// knows; any other error means that the answer isn't known. Callers must not
// change what they get.
type Cluster interface {
	// LimitRanges are those of a namespace.
	LimitRanges(namespace string) ([]*corev1.LimitRange, error)
	// ResourceQuotas are those of a namespace.
	ResourceQuotas(namespace string) ([]*corev1.ResourceQuota, error)
	PersistentVolumeClaim(namespace, name string) (*corev1.PersistentVolumeClaim, error)
	PersistentVolume(name string) (*corev1.PersistentVolume, error)
	// StorageClass returns the default class for an empty name.
	StorageClass(name string) (*storagev1.StorageClass, error)
}
