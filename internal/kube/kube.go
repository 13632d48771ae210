// Package kube asks the API server for objects of the kinds that the webhook works with, and of no
// others: the clients and types of all groups in client-go's Clientset would be a third of the
// program (decision 71).
package kube

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	applyadmissionv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	coordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/cache"
)

// Interface is what the webhook asks of the API server. [Client] implements it. The methods of a
// kind are those of client-go, with the same names and errors.
type Interface interface {
	ConfigMaps(namespace string) Applied[*corev1.ConfigMap, *corev1.ConfigMapList, *applycorev1.ConfigMapApplyConfiguration]
	Secrets(namespace string) Resource[*corev1.Secret, *corev1.SecretList]
	Namespaces() Resource[*corev1.Namespace, *corev1.NamespaceList]
	// PodEvents are the events of the core group, which kubectl and people know best.
	PodEvents(namespace string) Resource[*corev1.Event, *corev1.EventList]
	// Events are those of events.k8s.io.
	Events(namespace string) Resource[*eventsv1.Event, *eventsv1.EventList]
	Deployments(namespace string) Resource[*appsv1.Deployment, *appsv1.DeploymentList]
	EndpointSlices(namespace string) Resource[*discoveryv1.EndpointSlice, *discoveryv1.EndpointSliceList]
	Roles(namespace string) Resource[*rbacv1.Role, *rbacv1.RoleList]
	ClusterRoles() Resource[*rbacv1.ClusterRole, *rbacv1.ClusterRoleList]
	MutatingWebhookConfigurations() Applied[*admissionv1.MutatingWebhookConfiguration, *admissionv1.MutatingWebhookConfigurationList, *applyadmissionv1.MutatingWebhookConfigurationApplyConfiguration]
	ValidatingWebhookConfigurations() Applied[*admissionv1.ValidatingWebhookConfiguration, *admissionv1.ValidatingWebhookConfigurationList, *applyadmissionv1.ValidatingWebhookConfigurationApplyConfiguration]
	// LeasesGetter has the type that client-go's leader election wants.
	coordinationv1.LeasesGetter

	// Evict asks for the eviction of a pod.
	Evict(ctx context.Context, eviction *policyv1.Eviction) error
	// ListerWatcher lists and watches a resource of a type that the Client knows, in one namespace
	// or, for "", in all. fields is a field selector, "" for all objects.
	ListerWatcher(resource schema.GroupVersionResource, namespace, fields string) cache.ListerWatcher
	// ServerResourcesForGroupVersion returns what the API server serves in a version such as
	// apps/v1.
	ServerResourcesForGroupVersion(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error)
	// Groups returns the API groups that the API server serves, without the core group, and their
	// versions, the preferred one first.
	Groups(ctx context.Context) ([]metav1.APIGroup, error)
	// ServerVersion returns the version of the API server, such as v1.36.1.
	ServerVersion(ctx context.Context) (string, error)
}

// Resource are the requests about the objects of one kind. T is the type of an object, L of a list.
type Resource[T, L any] interface {
	Get(ctx context.Context, name string, options metav1.GetOptions) (T, error)
	List(ctx context.Context, options metav1.ListOptions) (L, error)
	Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
	Create(ctx context.Context, object T, options metav1.CreateOptions) (T, error)
	Update(ctx context.Context, object T, options metav1.UpdateOptions) (T, error)
	Patch(ctx context.Context, name string, kind types.PatchType, data []byte, options metav1.PatchOptions, subresources ...string) (T, error)
}

// Applied is a Resource whose objects are also applied, server-side. C is the type of what is
// applied.
type Applied[T, L, C any] interface {
	Resource[T, L]
	Apply(ctx context.Context, configuration C, options metav1.ApplyOptions) (T, error)
}
