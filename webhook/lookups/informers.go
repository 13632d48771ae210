package lookups

import (
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsinformers "k8s.io/client-go/informers/apps/v1"
	autoscalinginformers "k8s.io/client-go/informers/autoscaling/v2"
	batchinformers "k8s.io/client-go/informers/batch/v1"
	coreinformers "k8s.io/client-go/informers/core/v1"
	networkinginformers "k8s.io/client-go/informers/networking/v1"
	policyinformers "k8s.io/client-go/informers/policy/v1"
	storageinformers "k8s.io/client-go/informers/storage/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/cluster"
)

// newCaches returns the cache of each kind that decisions look up and that every API server serves,
// in the order in which they are reported.
func newCaches(client kubernetes.Interface, logger *zap.Logger) ([]*resourceCache, error) {
	// Kinds that are looked up by name only need no index.
	byName := cache.Indexers{}
	const all = metav1.NamespaceAll
	caches := []*resourceCache{
		{of: cluster.LimitRanges, informer: coreinformers.NewLimitRangeInformer(client, all, 0, byNamespace())},
		{of: cluster.ResourceQuotas, informer: coreinformers.NewResourceQuotaInformer(client, all, 0, byNamespace())},
		{of: cluster.PersistentVolumeClaims, informer: coreinformers.NewPersistentVolumeClaimInformer(client, all, 0, byName)},
		{of: cluster.PersistentVolumes, informer: coreinformers.NewPersistentVolumeInformer(client, 0, byName)},
		{of: cluster.StorageClasses, informer: storageinformers.NewStorageClassInformer(client, 0, byName)},
		{of: cluster.Services, informer: coreinformers.NewServiceInformer(client, all, 0, byNamespace())},
		{of: cluster.PodDisruptionBudgets, informer: policyinformers.NewPodDisruptionBudgetInformer(client, all, 0, byNamespace())},
		{of: cluster.NetworkPolicies, informer: networkinginformers.NewNetworkPolicyInformer(client, all, 0, byNamespace())},
		{of: cluster.ReplicaSets, informer: appsinformers.NewReplicaSetInformer(client, all, 0, byNamespace())},
		{of: cluster.StatefulSets, informer: appsinformers.NewStatefulSetInformer(client, all, 0, byNamespace())},
		{of: cluster.DaemonSets, informer: appsinformers.NewDaemonSetInformer(client, all, 0, byNamespace())},
		{of: cluster.Jobs, informer: batchinformers.NewJobInformer(client, all, 0, byNamespace())},
		{of: cluster.ReplicationControllers, informer: coreinformers.NewReplicationControllerInformer(client, all, 0, byNamespace())},
		{of: cluster.HorizontalPodAutoscalers, informer: autoscalinginformers.NewHorizontalPodAutoscalerInformer(client, all, 0, byNamespace())},
		{of: cluster.IngressClasses, informer: networkinginformers.NewIngressClassInformer(client, 0, byName)},
	}
	for _, k := range caches {
		k.resource = k.of.Resource
		if err := k.setUp(logger); err != nil {
			return nil, err
		}
	}
	return caches, nil
}

// byNamespace returns the index for List.
func byNamespace() cache.Indexers {
	return cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
}
