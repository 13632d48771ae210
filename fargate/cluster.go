package fargate

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

const (
	// ProvisionerAnnotation and its beta form, on a claim, name what makes its
	// volume.
	ProvisionerAnnotation     = "volume.kubernetes.io/storage-provisioner"
	BetaProvisionerAnnotation = "volume.beta.kubernetes.io/storage-provisioner"
	// DefaultClassAnnotation and its beta form, "true" on a StorageClass, make
	// it the one of claims that name none.
	DefaultClassAnnotation     = "storageclass.kubernetes.io/is-default-class"
	BetaDefaultClassAnnotation = "storageclass.beta.kubernetes.io/is-default-class"
)

// Cluster answers what a decision needs to know of other objects than the one
// it is about: from caches in the webhook, from the manifests themselves in a
// review. What isn't there is told by an error that apierrors.IsNotFound
// knows; a NotGivenError says that manifests don't tell; any other error means
// that the answer isn't known. Callers must not change what they get.
//
// The caches keep only what decisions use. Of metadata that is name, namespace,
// UID and the times of creation and deletion, and those annotations that are
// named at the methods.
type Cluster interface {
	// LimitRanges are those of a namespace, with the defaults that the API
	// server fills in, in full but for metadata.
	LimitRanges(namespace string) ([]*corev1.LimitRange, error)
	// ResourceQuotas are those of a namespace, without their status.
	ResourceQuotas(namespace string) ([]*corev1.ResourceQuota, error)
	// PersistentVolumeClaim has of its spec the volume's name, class and mode,
	// its phase, the annotations about its provisioner, and the one that named
	// its class before there was a field for it. One from a manifest has no
	// phase, and no volume but one that was named by hand.
	PersistentVolumeClaim(namespace, name string) (*corev1.PersistentVolumeClaim, error)
	// PersistentVolume has its source (of CSI only the driver), the claim it
	// is bound to and its phase.
	PersistentVolume(name string) (*corev1.PersistentVolume, error)
	// StorageClass returns the default class for an empty name. It has its
	// provisioner and binding mode, and the annotations that make it the
	// default.
	StorageClass(name string) (*storagev1.StorageClass, error)
}

// NotGivenError says that an object is not among the manifests at hand. It may
// be in the cluster all the same, so nobody is refused for it.
type NotGivenError struct {
	Kind string
	// Namespace is empty for kinds that have none.
	Namespace string
	// Name is empty for the default StorageClass.
	Name string
}

// Error is `PersistentVolumeClaim "apps/data" is not in the manifests`.
func (e *NotGivenError) Error() string {
	const where = " is not in the manifests"
	if e.Name == "" {
		return "a default " + e.Kind + where
	}
	name := e.Name
	if e.Namespace != "" {
		name = e.Namespace + "/" + name
	}
	return e.Kind + " " + strconv.Quote(name) + where
}

// DefaultStorageClass is the class that the API server gives to claims that
// name none: of those marked as default the newest, then the first by name; nil
// when none is.
func DefaultStorageClass(classes []*storagev1.StorageClass) *storagev1.StorageClass {
	var best *storagev1.StorageClass
	for _, class := range classes {
		if class.Annotations[DefaultClassAnnotation] != "true" && class.Annotations[BetaDefaultClassAnnotation] != "true" {
			continue
		}
		if best == nil || supersedes(class, best) {
			best = class
		}
	}
	return best
}

// supersedes reports whether a is preferred to b of two default classes.
func supersedes(a, b *storagev1.StorageClass) bool {
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.Name < b.Name
	}
	return b.CreationTimestamp.Before(&a.CreationTimestamp)
}
