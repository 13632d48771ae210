package kube

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	applyadmissionv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	applycoordinationv1 "k8s.io/client-go/applyconfigurations/coordination/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/gentype"
	typedcoordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
)

// object is what objects and apply configurations are, for client-go.
type object interface {
	runtime.Object
	metav1.Object
}

type named interface {
	comparable
	GetName() *string
}

// resource returns the client of a kind with objects of type T and lists of type L.
func resource[T, L any, PT interface {
	*T
	object
}, PL interface {
	*L
	runtime.Object
}](c *Client, version schema.GroupVersion, name, namespace string,
) *gentype.ClientWithList[PT, PL] {
	return gentype.NewClientWithList(name, c.rest[version], c.parameters, namespace,
		func() PT { return new(T) }, func() PL { return new(L) }, gentype.PrefersProtobuf[PT]())
}

// applied is resource for a kind that is also applied, by configurations of type C.
func applied[T, L any, C named, PT interface {
	*T
	object
}, PL interface {
	*L
	runtime.Object
}](c *Client, version schema.GroupVersion, name, namespace string,
) *gentype.ClientWithListAndApply[PT, PL, C] {
	return gentype.NewClientWithListAndApply[PT, PL, C](name, c.rest[version], c.parameters, namespace,
		func() PT { return new(T) }, func() PL { return new(L) }, gentype.PrefersProtobuf[PT]())
}

// ConfigMaps returns the client of ConfigMaps.
func (c *Client) ConfigMaps(namespace string) Applied[*corev1.ConfigMap, *corev1.ConfigMapList, *applycorev1.ConfigMapApplyConfiguration] {
	return applied[corev1.ConfigMap, corev1.ConfigMapList, *applycorev1.ConfigMapApplyConfiguration](c, corev1.SchemeGroupVersion, "configmaps", namespace)
}

// Secrets returns the client of Secrets.
func (c *Client) Secrets(namespace string) Resource[*corev1.Secret, *corev1.SecretList] {
	return resource[corev1.Secret, corev1.SecretList](c, corev1.SchemeGroupVersion, "secrets", namespace)
}

// Namespaces returns the client of Namespaces.
func (c *Client) Namespaces() Resource[*corev1.Namespace, *corev1.NamespaceList] {
	return resource[corev1.Namespace, corev1.NamespaceList](c, corev1.SchemeGroupVersion, "namespaces", "")
}

// PodEvents returns the client of Events of the core group.
func (c *Client) PodEvents(namespace string) Resource[*corev1.Event, *corev1.EventList] {
	return resource[corev1.Event, corev1.EventList](c, corev1.SchemeGroupVersion, "events", namespace)
}

// Events returns the client of Events of events.k8s.io.
func (c *Client) Events(namespace string) Resource[*eventsv1.Event, *eventsv1.EventList] {
	return resource[eventsv1.Event, eventsv1.EventList](c, eventsv1.SchemeGroupVersion, "events", namespace)
}

// Deployments returns the client of Deployments.
func (c *Client) Deployments(namespace string) Resource[*appsv1.Deployment, *appsv1.DeploymentList] {
	return resource[appsv1.Deployment, appsv1.DeploymentList](c, appsv1.SchemeGroupVersion, "deployments", namespace)
}

// EndpointSlices returns the client of EndpointSlices.
func (c *Client) EndpointSlices(namespace string) Resource[*discoveryv1.EndpointSlice, *discoveryv1.EndpointSliceList] {
	return resource[discoveryv1.EndpointSlice, discoveryv1.EndpointSliceList](c, discoveryv1.SchemeGroupVersion, "endpointslices", namespace)
}

// Roles returns the client of Roles.
func (c *Client) Roles(namespace string) Resource[*rbacv1.Role, *rbacv1.RoleList] {
	return resource[rbacv1.Role, rbacv1.RoleList](c, rbacv1.SchemeGroupVersion, "roles", namespace)
}

// ClusterRoles returns the client of ClusterRoles.
func (c *Client) ClusterRoles() Resource[*rbacv1.ClusterRole, *rbacv1.ClusterRoleList] {
	return resource[rbacv1.ClusterRole, rbacv1.ClusterRoleList](c, rbacv1.SchemeGroupVersion, "clusterroles", "")
}

// MutatingWebhookConfigurations returns the client of MutatingWebhookConfigurations.
func (c *Client) MutatingWebhookConfigurations() Applied[*admissionv1.MutatingWebhookConfiguration, *admissionv1.MutatingWebhookConfigurationList, *applyadmissionv1.MutatingWebhookConfigurationApplyConfiguration] {
	return applied[admissionv1.MutatingWebhookConfiguration, admissionv1.MutatingWebhookConfigurationList, *applyadmissionv1.MutatingWebhookConfigurationApplyConfiguration](
		c, admissionv1.SchemeGroupVersion, "mutatingwebhookconfigurations", "")
}

// ValidatingWebhookConfigurations returns the client of ValidatingWebhookConfigurations.
func (c *Client) ValidatingWebhookConfigurations() Applied[*admissionv1.ValidatingWebhookConfiguration, *admissionv1.ValidatingWebhookConfigurationList, *applyadmissionv1.ValidatingWebhookConfigurationApplyConfiguration] {
	return applied[admissionv1.ValidatingWebhookConfiguration, admissionv1.ValidatingWebhookConfigurationList, *applyadmissionv1.ValidatingWebhookConfigurationApplyConfiguration](
		c, admissionv1.SchemeGroupVersion, "validatingwebhookconfigurations", "")
}

// Leases returns the client of Leases.
func (c *Client) Leases(namespace string) typedcoordinationv1.LeaseInterface {
	return applied[coordinationv1.Lease, coordinationv1.LeaseList, *applycoordinationv1.LeaseApplyConfiguration](c, coordinationv1.SchemeGroupVersion, "leases", namespace)
}
