package lookups

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	policylisters "k8s.io/client-go/listers/policy/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/lbc"
)

// Service returns the named Service. It returns a NotFound error if there is none, and another
// error until they are synced.
func (l *Lookups) Service(namespace, name string) (*corev1.Service, error) {
	if err := l.services.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewServiceLister(l.services.informer.GetIndexer()).Services(namespace).Get(name)
}

// Services returns the Services of a namespace, or an error until they are synced.
func (l *Lookups) Services(namespace string) ([]*corev1.Service, error) {
	if err := l.services.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewServiceLister(l.services.informer.GetIndexer()).Services(namespace).List(labels.Everything())
}

// PodDisruptionBudgets returns the PodDisruptionBudgets of a namespace, or an error until they are
// synced.
func (l *Lookups) PodDisruptionBudgets(namespace string) ([]*policyv1.PodDisruptionBudget, error) {
	if err := l.budgets.ready(); err != nil {
		return nil, err
	}
	return policylisters.NewPodDisruptionBudgetLister(l.budgets.informer.GetIndexer()).PodDisruptionBudgets(namespace).List(labels.Everything())
}

// NetworkPolicies returns the NetworkPolicies of a namespace, or an error until they are synced.
func (l *Lookups) NetworkPolicies(namespace string) ([]*networkingv1.NetworkPolicy, error) {
	if err := l.networkPolicies.ready(); err != nil {
		return nil, err
	}
	return networkinglisters.NewNetworkPolicyLister(l.networkPolicies.informer.GetIndexer()).NetworkPolicies(namespace).List(labels.Everything())
}

// ReplicaSets returns the ReplicaSets of a namespace, or an error until they are synced.
func (l *Lookups) ReplicaSets(namespace string) ([]*appsv1.ReplicaSet, error) {
	if err := l.replicaSets.ready(); err != nil {
		return nil, err
	}
	return appslisters.NewReplicaSetLister(l.replicaSets.informer.GetIndexer()).ReplicaSets(namespace).List(labels.Everything())
}

// ReplicationControllers returns the ReplicationControllers of a namespace, or an error until they
// are synced.
func (l *Lookups) ReplicationControllers(namespace string) ([]*corev1.ReplicationController, error) {
	if err := l.replicationControllers.ready(); err != nil {
		return nil, err
	}
	return corelisters.NewReplicationControllerLister(l.replicationControllers.informer.GetIndexer()).ReplicationControllers(namespace).List(labels.Everything())
}

// IngressClass returns the named IngressClass, or the default one if name is "". It returns a
// NotFound error if there is none, and another error until they are synced.
func (l *Lookups) IngressClass(name string) (*networkingv1.IngressClass, error) {
	if err := l.ingressClasses.ready(); err != nil {
		return nil, err
	}
	lister := networkinglisters.NewIngressClassLister(l.ingressClasses.informer.GetIndexer())
	if name != "" {
		return lister.Get(name)
	}
	classes, err := lister.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	if class := fargate.DefaultIngressClass(classes); class != nil {
		return class, nil
	}
	return nil, apierrors.NewNotFound(networkingv1.Resource("ingressclass"), "(default)")
}

// IngressClassParams returns the named IngressClassParams. It returns a NotFound error if there is
// none, and another error until they are synced.
func (l *Lookups) IngressClassParams(name string) (*lbc.IngressClassParams, error) {
	return l.extensions.ingressClassParams(name)
}
