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

// Lookups is the [fargate-webhook/fargate.Cluster] of the webhook. It is safe
// for concurrent use. Until a kind has been listed for the first time every
// question about it is answered by an error that says so.
type Lookups struct {
	limitRanges, resourceQuotas, claims, volumes, classes *resourceCache
	services, budgets, networkPolicies                    *resourceCache
	replicaSets, replicationControllers, ingressClasses   *resourceCache
	// extensions are the kinds that not every cluster has.
	extensions *extensions

	logger *zap.Logger
}

// New makes Lookups that know nothing before Start runs. They need the right
// to list and watch all that is named here in all namespaces, and
// ingressclassparams of elbv2.k8s.aws.
func New(client kubernetes.Interface, custom dynamic.Interface, logger *zap.Logger) (*Lookups, error) {
	// What is asked for by its name only needs no index.
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

// NeedLeaderElection is false: each replica answers.
func (l *Lookups) NeedLeaderElection() bool { return false }

// Start watches until ctx ends. What is known then stays known, for the
// requests that are still in flight. It is called once.
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

// Ready returns an error that names each kind that is not known yet, and why;
// nil once all are. A watch that breaks later doesn't change that: what was
// known last is the best there is.
func (l *Lookups) Ready() error {
	var missing []error
	for _, k := range l.caches() {
		missing = append(missing, k.ready())
	}
	return errors.Join(append(missing, l.extensions.ready())...)
}

// Checks are what Ready asks, by the name of the kind's resource.
func (l *Lookups) Checks() map[string]func() error {
	checks := map[string]func() error{}
	for _, k := range l.caches() {
		checks[k.resource] = k.ready
	}
	checks["extensions"] = l.extensions.ready
	return checks
}

// TargetGroupVersion is the version in which the API server serves the
// TargetGroupConfigurations of the AWS Load Balancer Controller, empty when it
// doesn't.
func (l *Lookups) TargetGroupVersion() string { return l.extensions.targetGroupVersion() }

// Changes returns a channel that holds a notice when TargetGroupVersion is
// another than before. It is for one reader.
func (l *Lookups) Changes() <-chan struct{} { return l.extensions.changes }
