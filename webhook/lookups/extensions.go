package lookups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/survive"
	"fargate-webhook/internal/wake"
	"fargate-webhook/kinds"
)

const (
	// discoveryInterval is how often the webhook discovers what the API server serves: the AWS Load
	// Balancer Controller, VPA or KEDA may be installed or removed at any time. Objects of their
	// kinds are not judged, and not looked up, before that.
	discoveryInterval = 10 * time.Second
	// firstDiscoveryInterval is the interval until the first discovery that succeeds.
	firstDiscoveryInterval = time.Second
)

// extensions discovers the kinds that not every API server serves, and caches those that decisions
// look up while they are served.
type extensions struct {
	client   discovery
	custom   dynamic.Interface
	judged   []*kinds.Kind
	lookedUp []*cluster.Kind
	logger   *zap.Logger
	// changes holds a notice after the versions of judged kinds have changed.
	changes chan struct{}
	// empty answers for kinds that are not served.
	empty cache.Indexer

	mutex sync.Mutex
	// unknown is the error of the first discoveries, nil once one has succeeded.
	unknown error
	// versions are those in which judged kinds are served. The map is replaced, never changed.
	versions map[*kinds.Kind]string
	caches   map[*cluster.Kind]*extension
}

// extension caches one optional kind; stop ends its watch.
type extension struct {
	*resourceCache
	stop context.CancelFunc
}

func newExtensions(
	client discovery, custom dynamic.Interface, judged []*kinds.Kind, lookedUp []*cluster.Kind, logger *zap.Logger,
) *extensions {
	return &extensions{
		client: client, custom: custom, judged: judged, lookedUp: lookedUp, logger: logger,
		changes: make(chan struct{}, 1), empty: cache.NewIndexer(cache.MetaNamespaceKeyFunc, byNamespace()),
		unknown: errors.New("not discovered yet which optional kinds the API server serves"),
		caches:  map[*cluster.Kind]*extension{},
	}
}

// optionalKinds returns the optional kinds of both tables.
func optionalKinds() (judged []*kinds.Kind, lookedUp []*cluster.Kind) {
	judged = slices.DeleteFunc(slices.Clone(kinds.Table), func(k *kinds.Kind) bool { return !k.Optional })
	lookedUp = slices.DeleteFunc(slices.Clone(cluster.Kinds), func(k *cluster.Kind) bool { return !k.Optional })
	return judged, lookedUp
}

// run discovers what is served, and watches it, until ctx ends.
func (e *extensions) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		if err := survive.Call(func() error { e.turn(ctx, &running); return nil }); err != nil {
			e.logger.Error("discovery of optional kinds panicked, retrying", zap.Error(err), survive.Stack(err))
		}
		wait := discoveryInterval
		if e.ready() != nil {
			wait = firstDiscoveryInterval
		}
		if !wake.Sleep(ctx, wait) {
			return
		}
	}
}

// turn asks the API server once what it serves. If that fails, the earlier answer stays in use.
func (e *extensions) turn(ctx context.Context, running *sync.WaitGroup) {
	now, err := discover(ctx, e.client, e.judged, e.lookedUp)
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if err != nil {
		if e.unknown != nil {
			e.unknown = err
		}
		return
	}
	if e.unknown == nil && !maps.Equal(now.judged, e.versions) {
		wake.Notify(e.changes)
	}
	e.unknown, e.versions = nil, now.judged
	for _, k := range e.lookedUp {
		switch cached := e.caches[k]; {
		case now.lookedUp[k] && cached == nil:
			e.watch(ctx, running, k)
		case !now.lookedUp[k] && cached != nil:
			cached.stop()
			delete(e.caches, k)
		}
	}
}

// watch starts to cache a kind.
func (e *extensions) watch(ctx context.Context, running *sync.WaitGroup, k *cluster.Kind) {
	informer := kube.NewCustomInformer(e.custom, k.GroupVersionResource(), byNamespace())
	cached := &resourceCache{of: k, resource: k.Resource, logger: e.logger}
	if err := cached.setUp(informer, cached.safely(decodeAs(k))); err != nil {
		e.logger.Error("watch setup failed", zap.String("resource", k.Resource), zap.Error(err))
		return
	}
	ctx, stop := context.WithCancel(ctx)
	e.caches[k] = &extension{resourceCache: cached, stop: stop}
	running.Go(func() { informer.RunWithContext(ctx) })
}

// ready returns an error until a discovery has succeeded. It does not wait for the caches: without
// the right to list a kind the webhook still serves, and only look-ups of that kind fail.
func (e *extensions) ready() error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.unknown
}

// served returns the versions in which the API server serves optional kinds that are judged.
func (e *extensions) served() map[*kinds.Kind]string {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.versions
}

// serves reports whether a kind that decisions look up is served, or an error until that is known.
func (e *extensions) serves(k *cluster.Kind) (bool, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.caches[k] != nil, e.unknown
}

// indexer returns the cache of a kind, or an error while it isn't complete. That of a kind that is
// not served is empty.
func (e *extensions) indexer(k *cluster.Kind) (cache.Indexer, error) {
	e.mutex.Lock()
	unknown, cached := e.unknown, e.caches[k]
	e.mutex.Unlock()
	switch {
	case !slices.Contains(e.lookedUp, k):
		return nil, fmt.Errorf("%s are not cached", k.Resource)
	case unknown != nil:
		return nil, unknown
	case cached == nil:
		return e.empty, nil
	}
	if err := cached.ready(); err != nil {
		return nil, err
	}
	return cached.informer.GetIndexer(), nil
}
