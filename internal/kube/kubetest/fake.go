// Package kubetest makes a kube.Interface of client-go's fake Clientset.
package kubetest

import (
	"context"
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	applyadmissionv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	coordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/internal/kube"
)

var _ kube.Interface = Client{}

// Client is a kube.Interface: its requests go through the Clientset's reactors.
type Client struct{ *fake.Clientset }

// NewClient returns a Client that has the objects.
func NewClient(objects ...runtime.Object) Client { return Client{fake.NewClientset(objects...)} }

// ConfigMaps implements kube.Interface.
func (c Client) ConfigMaps(namespace string) kube.Applied[*corev1.ConfigMap, *corev1.ConfigMapList, *applycorev1.ConfigMapApplyConfiguration] {
	return c.CoreV1().ConfigMaps(namespace)
}

// Secrets implements kube.Interface.
func (c Client) Secrets(namespace string) kube.Resource[*corev1.Secret, *corev1.SecretList] {
	return c.CoreV1().Secrets(namespace)
}

// Namespaces implements kube.Interface.
func (c Client) Namespaces() kube.Resource[*corev1.Namespace, *corev1.NamespaceList] {
	return c.CoreV1().Namespaces()
}

// PodEvents implements kube.Interface.
func (c Client) PodEvents(namespace string) kube.Resource[*corev1.Event, *corev1.EventList] {
	return c.CoreV1().Events(namespace)
}

// Events implements kube.Interface.
func (c Client) Events(namespace string) kube.Resource[*eventsv1.Event, *eventsv1.EventList] {
	return c.EventsV1().Events(namespace)
}

// Deployments implements kube.Interface.
func (c Client) Deployments(namespace string) kube.Resource[*appsv1.Deployment, *appsv1.DeploymentList] {
	return c.AppsV1().Deployments(namespace)
}

// EndpointSlices implements kube.Interface.
func (c Client) EndpointSlices(namespace string) kube.Resource[*discoveryv1.EndpointSlice, *discoveryv1.EndpointSliceList] {
	return c.DiscoveryV1().EndpointSlices(namespace)
}

// Roles implements kube.Interface.
func (c Client) Roles(namespace string) kube.Resource[*rbacv1.Role, *rbacv1.RoleList] {
	return c.RbacV1().Roles(namespace)
}

// ClusterRoles implements kube.Interface.
func (c Client) ClusterRoles() kube.Resource[*rbacv1.ClusterRole, *rbacv1.ClusterRoleList] {
	return c.RbacV1().ClusterRoles()
}

// MutatingWebhookConfigurations implements kube.Interface.
func (c Client) MutatingWebhookConfigurations() kube.Applied[*admissionv1.MutatingWebhookConfiguration, *admissionv1.MutatingWebhookConfigurationList, *applyadmissionv1.MutatingWebhookConfigurationApplyConfiguration] {
	return c.AdmissionregistrationV1().MutatingWebhookConfigurations()
}

// ValidatingWebhookConfigurations implements kube.Interface.
func (c Client) ValidatingWebhookConfigurations() kube.Applied[*admissionv1.ValidatingWebhookConfiguration, *admissionv1.ValidatingWebhookConfigurationList, *applyadmissionv1.ValidatingWebhookConfigurationApplyConfiguration] {
	return c.AdmissionregistrationV1().ValidatingWebhookConfigurations()
}

// Leases implements kube.Interface.
func (c Client) Leases(namespace string) coordinationv1.LeaseInterface {
	return c.CoordinationV1().Leases(namespace)
}

// Evict implements kube.Interface.
func (c Client) Evict(ctx context.Context, eviction *policyv1.Eviction) error {
	return c.PolicyV1().Evictions(eviction.Namespace).Evict(ctx, eviction)
}

// ServerResourcesForGroupVersion implements kube.Interface.
func (c Client) ServerResourcesForGroupVersion(_ context.Context, groupVersion string) (*metav1.APIResourceList, error) {
	return c.Discovery().ServerResourcesForGroupVersion(groupVersion)
}

// Groups implements kube.Interface.
func (c Client) Groups(context.Context) ([]metav1.APIGroup, error) {
	list, err := c.Discovery().ServerGroups()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Groups, func(group metav1.APIGroup) bool { return group.Name == "" }), nil
}

// ServerVersion implements kube.Interface.
func (c Client) ServerVersion(context.Context) (string, error) {
	info, err := c.Discovery().ServerVersion()
	if err != nil {
		return "", err
	}
	return info.GitVersion, nil
}

// ListerWatcher implements kube.Interface, without the field selector, as all fakes of client-go.
func (c Client) ListerWatcher(resource schema.GroupVersionResource, namespace, _ string) cache.ListerWatcher {
	kind := kindOf(resource)
	return cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc: func(_ context.Context, options metav1.ListOptions) (runtime.Object, error) {
			empty, err := scheme.Scheme.New(kind.GroupVersion().WithKind(kind.Kind + "List"))
			if err != nil {
				return nil, err
			}
			return c.Invokes(clienttesting.NewListActionWithOptions(resource, kind, namespace, options), empty)
		},
		WatchFuncWithContext: func(_ context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return c.InvokesWatch(clienttesting.NewWatchActionWithOptions(resource, namespace, options))
		},
	}, c.Clientset)
}

// kindOf returns the kind of a resource among those that client-go knows.
func kindOf(resource schema.GroupVersionResource) schema.GroupVersionKind {
	for kind := range scheme.Scheme.AllKnownTypes() {
		if plural, _ := meta.UnsafeGuessKindToResource(kind); plural == resource {
			return kind
		}
	}
	panic("client-go has no kind of " + resource.String())
}
