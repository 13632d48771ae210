package fargate

import (
	"errors"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/fargate/lbc"
)

// fakeCluster is a Cluster of objects by kind and name, where each name is used
// in one namespace only. An object that is nil can't be looked up.
type fakeCluster struct {
	objects map[string]runtime.Object
	// manifests makes what isn't there a thing that the manifests don't tell.
	manifests bool
	// failing makes every list one that can't be had.
	failing error
}

// listed are the objects of a type in a namespace, in the order of their names.
func listed[T metav1.Object](c fakeCluster, namespace string) ([]T, error) {
	if c.failing != nil {
		return nil, c.failing
	}
	var list []T
	for _, name := range slices.Sorted(maps.Keys(c.objects)) {
		if object, ok := c.objects[name].(T); ok && object.GetNamespace() == namespace {
			list = append(list, object)
		}
	}
	return list, nil
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

func (c fakeCluster) Services(namespace string) ([]*corev1.Service, error) {
	return listed[*corev1.Service](c, namespace)
}

func (c fakeCluster) PodDisruptionBudgets(namespace string) ([]*policyv1.PodDisruptionBudget, error) {
	return listed[*policyv1.PodDisruptionBudget](c, namespace)
}

func (c fakeCluster) NetworkPolicies(namespace string) ([]*networkingv1.NetworkPolicy, error) {
	return listed[*networkingv1.NetworkPolicy](c, namespace)
}

func (c fakeCluster) ReplicaSets(namespace string) ([]*appsv1.ReplicaSet, error) {
	return listed[*appsv1.ReplicaSet](c, namespace)
}

func (c fakeCluster) ReplicationControllers(namespace string) ([]*corev1.ReplicationController, error) {
	return listed[*corev1.ReplicationController](c, namespace)
}

func (c fakeCluster) Service(namespace, name string) (*corev1.Service, error) {
	return found[*corev1.Service](c, "service", namespace+"/"+name)
}

func (c fakeCluster) IngressClass(name string) (*networkingv1.IngressClass, error) {
	return found[*networkingv1.IngressClass](c, "ingressclass", name)
}

func (c fakeCluster) IngressClassParams(name string) (*lbc.IngressClassParams, error) {
	return found[*lbc.IngressClassParams](c, "params", name)
}
