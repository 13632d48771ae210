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

	"fargate-webhook/internal/wake"
	"fargate-webhook/kinds/lbc"
)

const (
	// discoveryInterval is how often the webhook discovers what the API server serves: the AWS Load
	// Balancer Controller may be installed or removed at any time. Objects of its kinds are not
	// judged before that.
	discoveryInterval = 10 * time.Second
	// firstDiscoveryInterval is the interval until the first discovery that succeeds.
	firstDiscoveryInterval = time.Second
)

// extensions caches the kinds of the AWS Load Balancer Controller, which not every cluster has.
type extensions struct {
	discovery discovery.DiscoveryInterface
	custom    dynamic.Interface
	logger    *zap.Logger
	// changes holds a notice after targetGroups has changed.
	changes chan struct{}

	mutex sync.Mutex
	// unknown is the error of the first discoveries, nil once one has succeeded.
	unknown error
	// targetGroups is the served version of TargetGroupConfigurations, "" if there is none.
	targetGroups string
	// params caches the IngressClassParams, nil if they are not served; stop ends its watch.
	params *resourceCache
	stop   context.CancelFunc
}

func newExtensions(client discovery.DiscoveryInterface, custom dynamic.Interface, logger *zap.Logger) *extensions {
	return &extensions{
		discovery: client, custom: custom, logger: logger, changes: make(chan struct{}, 1),
		unknown: fmt.Errorf("not discovered yet whether the API server serves %s", lbc.ParamsGroup),
	}
}

// run discovers what is served, and watches it, until ctx ends.
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

// discover asks the API server once what it serves. If that fails, the earlier answer stays in use.
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

// served returns the first of the versions in which the API server serves a resource, or false if
// there is none.
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

// watch starts to cache the IngressClassParams.
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

// ready returns an error until a discovery has succeeded. It does not wait for the
// IngressClassParams: without the right to list them the webhook still serves, and only look-ups of
// them fail.
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

// trimParams returns the fields of an IngressClassParams object that decisions use.
func trimParams(content map[string]any) (*lbc.IngressClassParams, error) {
	var params lbc.IngressClassParams
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &params); err != nil {
		return nil, err
	}
	params.ObjectMeta = trimMeta(&params.ObjectMeta)
	return &params, nil
}
