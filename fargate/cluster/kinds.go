package cluster

import (
	"reflect"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/kinds/lbc"
)

// Kind is a kind of object that decisions look up.
type Kind struct {
	Group, Version, Kind, Resource string
	Namespaced                     bool
	// New returns an empty object.
	New func() Object
	// defaultAnnotations mark the default object of the kind, when "true"; empty for kinds that have
	// no default.
	defaultAnnotations []string
}

// Object is a Kubernetes object.
type Object interface {
	runtime.Object
	metav1.Object
}

const (
	// ProvisionerAnnotation on a claim names what provisions its volume.
	ProvisionerAnnotation = "volume.kubernetes.io/storage-provisioner"
	// BetaProvisionerAnnotation is its older form.
	BetaProvisionerAnnotation = "volume.beta.kubernetes.io/storage-provisioner"
	// DefaultClassAnnotation marks the StorageClass of claims that name none, when "true".
	DefaultClassAnnotation = "storageclass.kubernetes.io/is-default-class"
	// BetaDefaultClassAnnotation is its older form.
	BetaDefaultClassAnnotation = "storageclass.beta.kubernetes.io/is-default-class"
)

var (
	// LimitRanges have their defaults filled in, as the API server does.
	LimitRanges = &Kind{Version: "v1", Kind: "LimitRange", Resource: "limitranges", Namespaced: true,
		New: func() Object { return &corev1.LimitRange{} }}
	// ResourceQuotas have no status.
	ResourceQuotas = &Kind{Version: "v1", Kind: "ResourceQuota", Resource: "resourcequotas", Namespaced: true,
		New: func() Object { return &corev1.ResourceQuota{} }}
	// PersistentVolumeClaims have volume name, class and volume mode, their phase, and the annotations
	// that name their provisioner and, in older clusters, their class. One from a manifest has no phase.
	PersistentVolumeClaims = &Kind{Version: "v1", Kind: "PersistentVolumeClaim", Resource: "persistentvolumeclaims", Namespaced: true,
		New: func() Object { return &corev1.PersistentVolumeClaim{} }}
	// PersistentVolumes have their source (of CSI the driver only), claim reference and phase.
	PersistentVolumes = &Kind{Version: "v1", Kind: "PersistentVolume", Resource: "persistentvolumes",
		New: func() Object { return &corev1.PersistentVolume{} }}
	// StorageClasses have provisioner, binding mode and the annotations that mark the default.
	StorageClasses = &Kind{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass", Resource: "storageclasses",
		New: func() Object { return &storagev1.StorageClass{} }, defaultAnnotations: []string{DefaultClassAnnotation, BetaDefaultClassAnnotation}}
	// Services have type and selector, and the annotations for opting out and for the target type
	// behind an Ingress.
	Services = &Kind{Version: "v1", Kind: "Service", Resource: "services", Namespaced: true,
		New: func() Object { return &corev1.Service{} }}
	// PodDisruptionBudgets have their selector.
	PodDisruptionBudgets = &Kind{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget", Resource: "poddisruptionbudgets", Namespaced: true,
		New: func() Object { return &policyv1.PodDisruptionBudget{} }}
	// NetworkPolicies have their pod selector.
	NetworkPolicies = &Kind{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy", Resource: "networkpolicies", Namespaced: true,
		New: func() Object { return &networkingv1.NetworkPolicy{} }}
	// ReplicaSets have their selector.
	ReplicaSets = &Kind{Group: "apps", Version: "v1", Kind: "ReplicaSet", Resource: "replicasets", Namespaced: true,
		New: func() Object { return &appsv1.ReplicaSet{} }}
	// ReplicationControllers have their selector.
	ReplicationControllers = &Kind{Version: "v1", Kind: "ReplicationController", Resource: "replicationcontrollers", Namespaced: true,
		New: func() Object { return &corev1.ReplicationController{} }}
	// IngressClasses have controller and parameters.
	IngressClasses = &Kind{Group: "networking.k8s.io", Version: "v1", Kind: "IngressClass", Resource: "ingressclasses",
		New: func() Object { return &networkingv1.IngressClass{} }, defaultAnnotations: []string{networkingv1.AnnotationIsDefaultIngressClass}}
	// IngressClassParams don't exist in a cluster whose API server doesn't serve them.
	IngressClassParams = &Kind{Group: lbc.ParamsGroup, Version: lbc.ParamsVersion, Kind: lbc.ParamsKind, Resource: lbc.ParamsResource,
		New: func() Object { return &lbc.IngressClassParams{} }}
)

// Kinds are all kinds that decisions look up.
var Kinds = []*Kind{
	LimitRanges, ResourceQuotas, PersistentVolumeClaims, PersistentVolumes, StorageClasses, Services, PodDisruptionBudgets,
	NetworkPolicies, ReplicaSets, ReplicationControllers, IngressClasses, IngressClassParams,
}

// Find returns the kind of an API version, nil for kinds that decisions don't look up.
func Find(apiVersion, kind string) *Kind {
	for _, k := range Kinds {
		if k.Kind == kind && (schema.GroupVersion{Group: k.Group, Version: k.Version}).String() == apiVersion {
			return k
		}
	}
	return nil
}

// Holds reports whether an object is of the kind.
func (k *Kind) Holds(object metav1.Object) bool {
	return reflect.TypeOf(object) == reflect.TypeOf(k.New())
}

// Default returns the object that the API server takes where none is named, as for StorageClasses and
// IngressClasses: of those marked as the default the newest, then the first by name. It returns nil
// when none is, and for kinds without a default.
func (k *Kind) Default(objects []metav1.Object) metav1.Object {
	var best metav1.Object
	for _, object := range objects {
		marked := false
		for _, annotation := range k.defaultAnnotations {
			marked = marked || object.GetAnnotations()[annotation] == "true"
		}
		if marked && (best == nil || supersedes(object, best)) {
			best = object
		}
	}
	return best
}

// supersedes reports whether a is preferred to b of two default objects.
func supersedes(a, b metav1.Object) bool {
	then, now := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	if then.Equal(&now) {
		return a.GetName() < b.GetName()
	}
	return now.Before(&then)
}
