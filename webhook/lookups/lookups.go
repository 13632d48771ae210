package lookups

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	appsinformers "k8s.io/client-go/informers/apps/v1"
	coreinformers "k8s.io/client-go/informers/core/v1"
	networkinginformers "k8s.io/client-go/informers/networking/v1"
	policyinformers "k8s.io/client-go/informers/policy/v1"
	storageinformers "k8s.io/client-go/informers/storage/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Lookups implements [fargate-webhook/fargate.Cluster] for the webhook. It is safe for concurrent
// use. Until a resource has been listed once, look-ups of it return an error.
type Lookups struct {
	limitRanges, resourceQuotas, claims, volumes, classes *resourceCache
	services, budgets, networkPolicies                    *resourceCache
	replicaSets, replicationControllers, ingressClasses   *resourceCache
	// extensions caches the kinds that not every cluster has.
	extensions *extensions

	logger *zap.Logger
}

// New returns Lookups that are empty until Start runs. They need the right to list and watch all
// resources that are named here, in all namespaces, and ingressclassparams of elbv2.k8s.aws.
func New(client kubernetes.Interface, custom dynamic.Interface, logger *zap.Logger) (*Lookups, error) {
	// Resources that are only looked up by name need no index.
	byNamespace, byName := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}, cache.Indexers{}
	const all = metav1.NamespaceAll
	l := &Lookups{
		limitRanges:            &resourceCache{resource: "limitranges", informer: coreinformers.NewLimitRangeInformer(client, all, 0, byNamespace)},
		resourceQuotas:         &resourceCache{resource: "resourcequotas", informer: coreinformers.NewResourceQuotaInformer(client, all, 0, byNamespace)},
		claims:                 &resourceCache{resource: "persistentvolumeclaims", informer: coreinformers.NewPersistentVolumeClaimInformer(client, all, 0, byName)},
		volumes:                &resourceCache{resource: "persistentvolumes", informer: coreinformers.NewPersistentVolumeInformer(client, 0, byName)},
		classes:                &resourceCache{resource: "storageclasses", informer: storageinformers.NewStorageClassInformer(client, 0, byName)},
		services:               &resourceCache{resource: "services", informer: coreinformers.NewServiceInformer(client, all, 0, byNamespace)},
		budgets:                &resourceCache{resource: "poddisruptionbudgets", informer: policyinformers.NewPodDisruptionBudgetInformer(client, all, 0, byNamespace)},
		networkPolicies:        &resourceCache{resource: "networkpolicies", informer: networkinginformers.NewNetworkPolicyInformer(client, all, 0, byNamespace)},
		replicaSets:            &resourceCache{resource: "replicasets", informer: appsinformers.NewReplicaSetInformer(client, all, 0, byNamespace)},
		replicationControllers: &resourceCache{resource: "replicationcontrollers", informer: coreinformers.NewReplicationControllerInformer(client, all, 0, byNamespace)},
		ingressClasses:         &resourceCache{resource: "ingressclasses", informer: networkinginformers.NewIngressClassInformer(client, 0, byName)},
		extensions:             newExtensions(client.Discovery(), custom, logger),
		logger:                 logger,
	}
	var failures []error
	for _, k := range l.caches() {
		failures = append(failures, k.setUp(logger))
	}
	return l, errors.Join(failures...)
}

func (l *Lookups) caches() []*resourceCache {
	return []*resourceCache{
		l.limitRanges, l.resourceQuotas, l.claims, l.volumes, l.classes,
		l.services, l.budgets, l.networkPolicies, l.replicaSets, l.replicationControllers, l.ingressClasses,
	}
}

// NeedLeaderElection returns false: every replica needs the caches.
func (l *Lookups) NeedLeaderElection() bool { return false }

// Start watches until ctx ends. The caches stay filled for requests that are still in flight. Call
// it once.
func (l *Lookups) Start(ctx context.Context) error {
	var running sync.WaitGroup
	for _, k := range l.caches() {
		running.Go(func() { k.informer.RunWithContext(ctx) })
	}
	running.Go(func() { l.extensions.run(ctx) })
	running.Go(func() { l.logWhenSynced(ctx) })
	running.Wait()
	return nil
}

func (l *Lookups) logWhenSynced(ctx context.Context) {
	known := make([]zap.Field, 0, len(l.caches()))
	for _, k := range l.caches() {
		select {
		case <-ctx.Done():
			return
		case <-k.informer.HasSyncedChecker().Done():
			known = append(known, zap.Int(k.resource, len(k.informer.GetStore().ListKeys())))
		}
	}
	l.logger.Info("caches synced", known...)
}

// Ready returns an error that names each resource that is not synced yet, and why, or nil once all
// are synced. A watch that breaks later does not change that: the cache stays in use.
func (l *Lookups) Ready() error {
	var missing []error
	for _, k := range l.caches() {
		missing = append(missing, k.ready())
	}
	return errors.Join(append(missing, l.extensions.ready())...)
}

// Checks returns the checks of Ready by resource.
func (l *Lookups) Checks() map[string]func() error {
	checks := map[string]func() error{}
	for _, k := range l.caches() {
		checks[k.resource] = k.ready
	}
	checks["extensions"] = l.extensions.ready
	return checks
}

// TargetGroupVersion returns the version in which the API server serves TargetGroupConfigurations
// of the AWS Load Balancer Controller, or "" if it does not.
func (l *Lookups) TargetGroupVersion() string { return l.extensions.targetGroupVersion() }

// Changes returns a channel that holds a notice after TargetGroupVersion has changed. It is for one
// reader.
func (l *Lookups) Changes() <-chan struct{} { return l.extensions.changes }
