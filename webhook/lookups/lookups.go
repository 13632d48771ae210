package lookups

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/kube"
	"fargate-webhook/kinds"
)

// Lookups is the [cluster.Reader] of the webhook. It is safe for concurrent use. Until a kind has
// been listed for the first time every question about it returns an error that says so.
type Lookups struct {
	caches []*resourceCache
	byKind map[*cluster.Kind]*resourceCache
	// extensions are the kinds that not every cluster has.
	extensions *extensions
	synced     chan struct{}

	logger *zap.Logger
}

// New returns Lookups that know nothing before Start runs. They need the rights to list and watch,
// in all namespaces, all kinds of [cluster.Kinds].
func New(client kube.Interface, custom dynamic.Interface, logger *zap.Logger) (*Lookups, error) {
	caches, err := newCaches(client, logger)
	if err != nil {
		return nil, err
	}
	judged, lookedUp := optionalKinds()
	l := &Lookups{
		caches: caches, byKind: make(map[*cluster.Kind]*resourceCache, len(caches)),
		extensions: newExtensions(client, custom, judged, lookedUp, logger), synced: make(chan struct{}), logger: logger,
	}
	for _, k := range caches {
		l.byKind[k.of] = k
	}
	return l, nil
}

// Start watches until ctx ends. The caches stay filled for requests that are still in flight. Call
// it once.
func (l *Lookups) Start(ctx context.Context) error {
	var running sync.WaitGroup
	for _, k := range l.caches {
		running.Go(func() { k.informer.RunWithContext(ctx) })
	}
	running.Go(func() { l.extensions.run(ctx) })
	running.Go(func() { l.logWhenSynced(ctx) })
	running.Wait()
	return nil
}

func (l *Lookups) logWhenSynced(ctx context.Context) {
	known := make([]zap.Field, 0, len(l.caches))
	for _, k := range l.caches {
		select {
		case <-ctx.Done():
			return
		case <-k.informer.HasSyncedChecker().Done():
			known = append(known, zap.Int(k.resource, len(k.informer.GetStore().ListKeys())))
		}
	}
	l.logger.Info("caches synced", known...)
	close(l.synced)
}

// Synced returns a channel that is closed once all caches but those of optional kinds are filled.
func (l *Lookups) Synced() <-chan struct{} { return l.synced }

// Ready returns an error that names each resource that is not synced yet, and why, or nil once all
// are synced. A watch that breaks later does not change that: the cache stays in use.
func (l *Lookups) Ready() error {
	var missing []error
	for _, k := range l.caches {
		missing = append(missing, k.ready())
	}
	return errors.Join(append(missing, l.extensions.ready())...)
}

// Checks returns the checks of Ready by resource.
func (l *Lookups) Checks() map[string]func() error {
	checks := map[string]func() error{}
	for _, k := range l.caches {
		checks[k.resource] = k.ready
	}
	checks["extensions"] = l.extensions.ready
	return checks
}

// Served returns the version in which the API server serves each optional kind of [kinds.Table];
// kinds that are not served are left out. Don't change it.
func (l *Lookups) Served() map[*kinds.Kind]string { return l.extensions.served() }

// Changes returns a channel that holds a notice after Served has changed. It is for one reader.
func (l *Lookups) Changes() <-chan struct{} { return l.extensions.changes }
