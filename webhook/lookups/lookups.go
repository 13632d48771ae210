package lookups

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coreinformers "k8s.io/client-go/informers/core/v1"
	storageinformers "k8s.io/client-go/informers/storage/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Lookups is the [fargate-webhook/fargate.Cluster] of the webhook. It is safe
// for concurrent use. Until a kind has been listed for the first time every
// question about it is answered by an error that says so.
type Lookups struct {
	limitRanges, resourceQuotas, claims, volumes, classes *kind

	logger *zap.Logger
}

// New makes Lookups that know nothing before Start runs. They need the right
// to list and watch limitranges, resourcequotas, persistentvolumeclaims,
// persistentvolumes and storageclasses in all namespaces.
func New(client kubernetes.Interface, logger *zap.Logger) (*Lookups, error) {
	byNamespace := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
	l := &Lookups{
		limitRanges:    &kind{resource: "limitranges", informer: coreinformers.NewLimitRangeInformer(client, metav1.NamespaceAll, 0, byNamespace)},
		resourceQuotas: &kind{resource: "resourcequotas", informer: coreinformers.NewResourceQuotaInformer(client, metav1.NamespaceAll, 0, byNamespace)},
		// Claims are asked for by name only, which needs no index.
		claims:  &kind{resource: "persistentvolumeclaims", informer: coreinformers.NewPersistentVolumeClaimInformer(client, metav1.NamespaceAll, 0, cache.Indexers{})},
		volumes: &kind{resource: "persistentvolumes", informer: coreinformers.NewPersistentVolumeInformer(client, 0, cache.Indexers{})},
		classes: &kind{resource: "storageclasses", informer: storageinformers.NewStorageClassInformer(client, 0, cache.Indexers{})},
		logger:  logger,
	}
	var failures []error
	for _, k := range l.kinds() {
		k.logger = logger
		failures = append(failures, k.informer.SetTransform(trim), k.informer.SetWatchErrorHandlerWithContext(k.failed))
	}
	return l, errors.Join(failures...)
}

func (l *Lookups) kinds() []*kind {
	return []*kind{l.limitRanges, l.resourceQuotas, l.claims, l.volumes, l.classes}
}

// NeedLeaderElection is false: each replica answers.
func (l *Lookups) NeedLeaderElection() bool { return false }

// Start watches until ctx ends. What is known then stays known, for the
// requests that are still in flight. It is called once.
func (l *Lookups) Start(ctx context.Context) error {
	var running sync.WaitGroup
	for _, k := range l.kinds() {
		running.Go(func() { k.informer.RunWithContext(ctx) })
	}
	running.Go(func() { l.tellWhenReady(ctx) })
	running.Wait()
	return nil
}

func (l *Lookups) tellWhenReady(ctx context.Context) {
	known := make([]zap.Field, 0, len(l.kinds()))
	for _, k := range l.kinds() {
		select {
		case <-ctx.Done():
			return
		case <-k.informer.HasSyncedChecker().Done():
			known = append(known, zap.Int(k.resource, len(k.informer.GetStore().ListKeys())))
		}
	}
	l.logger.Info("knows what decisions look up", known...)
}

// Ready returns an error that names each kind that is not known yet, and why;
// nil once all are. A watch that breaks later doesn't change that: what was
// known last is the best there is.
func (l *Lookups) Ready() error {
	var missing []error
	for _, k := range l.kinds() {
		missing = append(missing, k.ready())
	}
	return errors.Join(missing...)
}

// Checks are what Ready asks, by the name of the kind's resource.
func (l *Lookups) Checks() map[string]func() error {
	checks := map[string]func() error{}
	for _, k := range l.kinds() {
		checks[k.resource] = k.ready
	}
	return checks
}
