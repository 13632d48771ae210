package fargate

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"

	"fargate-webhook/fargate/lbc"
)

const (
	// ProvisionerAnnotation on a claim names what makes its volume.
	ProvisionerAnnotation = "volume.kubernetes.io/storage-provisioner"
	// BetaProvisionerAnnotation is its older form.
	BetaProvisionerAnnotation = "volume.beta.kubernetes.io/storage-provisioner"
	// DefaultClassAnnotation makes a StorageClass, when "true", the one of
	// claims that name none.
	DefaultClassAnnotation = "storageclass.kubernetes.io/is-default-class"
	// BetaDefaultClassAnnotation is its older form.
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

	// Service has its type and selector, and the annotations that opt it out
	// and that say what it has for targets behind an Ingress.
	Service(namespace, name string) (*corev1.Service, error)
	// Services are those of a namespace, likewise.
	Services(namespace string) ([]*corev1.Service, error)
	// PodDisruptionBudgets are those of a namespace, with their selectors.
	PodDisruptionBudgets(namespace string) ([]*policyv1.PodDisruptionBudget, error)
	// NetworkPolicies are those of a namespace, with their pod selectors.
	NetworkPolicies(namespace string) ([]*networkingv1.NetworkPolicy, error)
	// ReplicaSets are those of a namespace, with their selectors.
	ReplicaSets(namespace string) ([]*appsv1.ReplicaSet, error)
	// ReplicationControllers are those of a namespace, with their selectors.
	ReplicationControllers(namespace string) ([]*corev1.ReplicationController, error)
	// IngressClass returns the default class for an empty name. It has its
	// controller and parameters.
	IngressClass(name string) (*networkingv1.IngressClass, error)
	// IngressClassParams are found nowhere in a cluster whose API server
	// doesn't serve them.
	IngressClassParams(name string) (*lbc.IngressClassParams, error)
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
