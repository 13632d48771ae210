package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Client is the Interface of an API server. It is safe for concurrent use.
type Client struct {
	// rest are the clients of each version.
	rest       map[schema.GroupVersion]rest.Interface
	parameters runtime.ParameterCodec
}

// NewClient returns a Client that speaks protobuf unless the configuration says otherwise: it takes
// less memory than JSON for long lists. The requests of each group of kinds have a rate limit, by
// default client-go's: 5 a second, bursts of 10.
func NewClient(config *rest.Config) (*Client, error) {
	types, err := knownTypes()
	if err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	if config.ContentType == "" {
		config.ContentType = runtime.ContentTypeProtobuf
		config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	}
	config.NegotiatedSerializer = serializer.NewCodecFactory(types.scheme).WithoutConversion()
	if config.UserAgent == "" {
		config.UserAgent = rest.DefaultKubernetesUserAgent()
	}
	connections, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("create the Kubernetes client: %w", err)
	}
	client := &Client{rest: make(map[schema.GroupVersion]rest.Interface, len(types.versions)), parameters: runtime.NewParameterCodec(types.scheme)}
	for _, version := range types.versions {
		if client.rest[version], err = newRESTClient(config, connections, version); err != nil {
			return nil, fmt.Errorf("create the Kubernetes client of %s: %w", version, err)
		}
	}
	return client, nil
}

// knownTypes returns the types that the API server's answers are decoded into, and their versions.
// All Clients share them.
var knownTypes = sync.OnceValues(func() (known, error) {
	scheme := runtime.NewScheme()
	builder := runtime.NewSchemeBuilder(
		admissionv1.AddToScheme, appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme, coordinationv1.AddToScheme,
		corev1.AddToScheme, discoveryv1.AddToScheme, eventsv1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
		rbacv1.AddToScheme, storagev1.AddToScheme,
	)
	if err := builder.AddToScheme(scheme); err != nil {
		return known{}, fmt.Errorf("set up the types of Kubernetes: %w", err)
	}
	versions := scheme.PrioritizedVersionsAllGroups()
	// Errors of the API server are of no group.
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	return known{scheme, versions}, nil
})

// known are types, and their versions.
type known struct {
	scheme   *runtime.Scheme
	versions []schema.GroupVersion
}

func newRESTClient(config *rest.Config, connections *http.Client, version schema.GroupVersion) (rest.Interface, error) {
	config = rest.CopyConfig(config)
	config.GroupVersion = &version
	config.APIPath = "/apis"
	if version.Group == corev1.GroupName {
		config.APIPath = "/api"
	}
	return rest.RESTClientForConfigAndClient(config, connections)
}

// Evict asks for the eviction of a pod.
func (c *Client) Evict(ctx context.Context, eviction *policyv1.Eviction) error {
	return c.rest[policyv1.SchemeGroupVersion].Post().AbsPath("/api/v1").
		Namespace(eviction.Namespace).Resource("pods").Name(eviction.Name).SubResource("eviction").
		Body(eviction).Do(ctx).Error()
}

// ListerWatcher lists and watches a resource. It panics on one of a version without types, as of a
// custom resource.
func (c *Client) ListerWatcher(resource schema.GroupVersionResource, namespace, fields string) cache.ListerWatcher {
	client := c.rest[resource.GroupVersion()]
	if client == nil {
		panic("no types of " + resource.String())
	}
	return cache.NewFilteredListWatchFromClient(client, resource.Resource, namespace, func(options *metav1.ListOptions) {
		options.FieldSelector = fields
	})
}

// ServerResourcesForGroupVersion returns what the API server serves in a version.
func (c *Client) ServerResourcesForGroupVersion(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error) {
	path := "/apis/" + groupVersion
	if groupVersion == corev1.SchemeGroupVersion.String() {
		path = "/api/" + groupVersion
	}
	list := &metav1.APIResourceList{}
	err := c.rest[corev1.SchemeGroupVersion].Get().AbsPath(path).Do(ctx).Into(list)
	return list, err
}

// Groups returns the API groups that the API server serves.
func (c *Client) Groups(ctx context.Context) ([]metav1.APIGroup, error) {
	list := &metav1.APIGroupList{}
	err := c.rest[corev1.SchemeGroupVersion].Get().AbsPath("/apis").Do(ctx).Into(list)
	return list.Groups, err
}

// ServerVersion returns the version of the API server, such as v1.36.1.
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	body, err := c.rest[corev1.SchemeGroupVersion].Get().AbsPath("/version").SetHeader("Accept", runtime.ContentTypeJSON).Do(ctx).Raw()
	if err != nil {
		return "", err
	}
	var info version.Info
	if err := json.Unmarshal(body, &info); err != nil {
		return "", fmt.Errorf("read the version of the API server: %w", err)
	}
	return info.GitVersion, nil
}
