package review

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/kinds/lbc"
)

// LimitRanges are those of the manifests for a namespace.
func (g *given) LimitRanges(namespace string) ([]*corev1.LimitRange, error) {
	return all[*corev1.LimitRange](g, "LimitRange", namespace), nil
}

// ResourceQuotas are those of the manifests for a namespace.
func (g *given) ResourceQuotas(namespace string) ([]*corev1.ResourceQuota, error) {
	return all[*corev1.ResourceQuota](g, "ResourceQuota", namespace), nil
}

// Services are those of the manifests for a namespace.
func (g *given) Services(namespace string) ([]*corev1.Service, error) {
	return all[*corev1.Service](g, "Service", namespace), nil
}

// PodDisruptionBudgets are those of the manifests for a namespace.
func (g *given) PodDisruptionBudgets(namespace string) ([]*policyv1.PodDisruptionBudget, error) {
	return all[*policyv1.PodDisruptionBudget](g, "PodDisruptionBudget", namespace), nil
}

// NetworkPolicies are those of the manifests for a namespace.
func (g *given) NetworkPolicies(namespace string) ([]*networkingv1.NetworkPolicy, error) {
	return all[*networkingv1.NetworkPolicy](g, "NetworkPolicy", namespace), nil
}

// ReplicaSets are those of the manifests for a namespace.
func (g *given) ReplicaSets(namespace string) ([]*appsv1.ReplicaSet, error) {
	return all[*appsv1.ReplicaSet](g, "ReplicaSet", namespace), nil
}

// ReplicationControllers are those of the manifests for a namespace.
func (g *given) ReplicationControllers(namespace string) ([]*corev1.ReplicationController, error) {
	return all[*corev1.ReplicationController](g, "ReplicationController", namespace), nil
}

// PersistentVolumeClaim is the one of the manifests with that name.
func (g *given) PersistentVolumeClaim(namespace, name string) (*corev1.PersistentVolumeClaim, error) {
	return named[*corev1.PersistentVolumeClaim](g, "PersistentVolumeClaim", namespace, name)
}

// Service is the one of the manifests with that name.
func (g *given) Service(namespace, name string) (*corev1.Service, error) {
	return named[*corev1.Service](g, "Service", namespace, name)
}

// PersistentVolume is the one of the manifests with that name.
func (g *given) PersistentVolume(name string) (*corev1.PersistentVolume, error) {
	return named[*corev1.PersistentVolume](g, "PersistentVolume", "", name)
}

// IngressClassParams are those of the manifests with that name.
func (g *given) IngressClassParams(name string) (*lbc.IngressClassParams, error) {
	return named[*lbc.IngressClassParams](g, "IngressClassParams", "", name)
}

// StorageClass is the one of the manifests with that name, and the default of them for
// none.
func (g *given) StorageClass(name string) (*storagev1.StorageClass, error) {
	if name == "" {
		if class := fargate.DefaultStorageClass(all[*storagev1.StorageClass](g, "StorageClass", "")); class != nil {
			return class, nil
		}
	}
	return named[*storagev1.StorageClass](g, "StorageClass", "", name)
}

// IngressClass is the one of the manifests with that name, and the default of them for
// none.
func (g *given) IngressClass(name string) (*networkingv1.IngressClass, error) {
	if name == "" {
		if class := fargate.DefaultIngressClass(all[*networkingv1.IngressClass](g, "IngressClass", "")); class != nil {
			return class, nil
		}
	}
	return named[*networkingv1.IngressClass](g, "IngressClass", "", name)
}
