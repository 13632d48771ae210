package lookups

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/lbc"
	"fargate-webhook/internal/wake"
)

const (
	// discoveryInterval is how often it is asked what the API server serves: the AWS
	// Load Balancer Controller may be installed, or removed, any time, and what
	// is made with its kinds until then isn't judged.
	discoveryInterval = 10 * time.Second
	// firstDiscoveryInterval is the same until there was a first answer.
	firstDiscoveryInterval = time.Second
)

// extensions are the kinds of the AWS Load Balancer Controller, which a cluster
// may lack. That is no failure.
type extensions struct {
	discovery discovery.DiscoveryInterface
	custom    dynamic.Interface
	logger    *zap.Logger
	// changes holds a notice when targetGroups has changed.
	changes chan struct{}

	mutex sync.Mutex
	// unknown is why nothing is known yet, nil once something is.
	unknown error
	// targetGroups is the version that is served, empty for none.
	targetGroups string
	// params are the IngressClassParams, nil when none are served; stop ends
	// the watch.
	params *resourceCache
	stop   context.CancelFunc
}

func newExtensions(client discovery.DiscoveryInterface, custom dynamic.Interface, logger *zap.Logger) *extensions {
	return &extensions{
		discovery: client, custom: custom, logger: logger, changes: make(chan struct{}, 1),
		unknown: fmt.Errorf("not discovered yet whether the API server serves %s", lbc.ParamsGroup),
	}
}

// run asks what is served until ctx ends, and watches what is.
func (e *extensions) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		e.discover(ctx, &running)
		wait := discoveryInterval
		if e.ready() != nil {
			wait = firstDiscoveryInterval
		}
		if !wake.Sleep(ctx, wait) {
			return
		}
	}
}

// ask asks once. Without an answer what was known stays known.
func (e *extensions) discover(ctx context.Context, running *sync.WaitGroup) {
	_, params, err := e.served(lbc.ParamsGroup, lbc.ParamsResource, lbc.ParamsVersion)
	version := ""
	if err == nil {
		version, _, err = e.served(lbc.GatewayGroup, lbc.TargetGroupResource, lbc.GatewayVersion, lbc.GatewayBetaVersion)
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if err != nil {
		if e.unknown != nil {
			e.unknown = err
		}
		return
	}
	if e.unknown == nil && version != e.targetGroups {
		wake.Notify(e.changes)
	}
	e.unknown, e.targetGroups = nil, version
	switch {
	case params && e.params == nil:
		e.watch(ctx, running)
	case !params && e.params != nil:
		e.stop()
		e.params, e.stop = nil, nil
	}
}

// served finds the first of the versions in which a resource is served.
func (e *extensions) served(group, resource string, versions ...string) (version string, found bool, err error) {
	for _, version := range versions {
		list, err := e.discovery.ServerResourcesForGroupVersion(schema.GroupVersion{Group: group, Version: version}.String())
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return "", false, fmt.Errorf("discover %s/%s: %w", group, version, err)
		case slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Name == resource }):
			return version, true, nil
		}
	}
	return "", false, nil
}

// watch follows the IngressClassParams from now on.
func (e *extensions) watch(ctx context.Context, running *sync.WaitGroup) {
	resource := schema.GroupVersionResource{Group: lbc.ParamsGroup, Version: lbc.ParamsVersion, Resource: lbc.ParamsResource}
	informer := dynamicinformer.NewFilteredDynamicInformer(e.custom, resource, metav1.NamespaceAll, 0, cache.Indexers{}, nil).Informer()
	params := &resourceCache{resource: lbc.ParamsResource, informer: informer}
	if err := params.setUp(e.logger); err != nil {
		e.logger.Error("watch setup failed", zap.String("resource", lbc.ParamsResource), zap.Error(err))
		return
	}
	ctx, stop := context.WithCancel(ctx)
	e.params, e.stop = params, stop
	running.Go(func() { informer.RunWithContext(ctx) })
}

// ready returns an error until it is known what there is. That it can't be
// read keeps nobody from being served: only what it says isn't known then.
func (e *extensions) ready() error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.unknown
}

func (e *extensions) targetGroupVersion() string {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.targetGroups
}

func (e *extensions) ingressClassParams(name string) (*lbc.IngressClassParams, error) {
	e.mutex.Lock()
	unknown, params := e.unknown, e.params
	e.mutex.Unlock()
	notFound := apierrors.NewNotFound(schema.GroupResource{Group: lbc.ParamsGroup, Resource: lbc.ParamsResource}, name)
	switch {
	case unknown != nil:
		return nil, unknown
	case params == nil:
		return nil, notFound
	}
	if err := params.ready(); err != nil {
		return nil, err
	}
	object, found, err := params.informer.GetIndexer().GetByKey(name)
	if err != nil {
		return nil, err
	}
	out, ok := object.(*lbc.IngressClassParams)
	if !found || !ok {
		return nil, notFound
	}
	return out, nil
}

// trimParams makes of an object of any kind what is used of IngressClassParams.
func trimParams(content map[string]any) (*lbc.IngressClassParams, error) {
	var params lbc.IngressClassParams
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &params); err != nil {
		return nil, err
	}
	params.ObjectMeta = trimMeta(&params.ObjectMeta)
	return &params, nil
}
