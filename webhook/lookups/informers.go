package lookups

import (
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/kube"
)

// newCaches returns the cache of each kind that decisions look up and that every API server serves,
// in the order in which they are reported.
func newCaches(client kube.Interface, logger *zap.Logger) ([]*resourceCache, error) {
	// Kinds that are looked up by name only need no index.
	byName := func() cache.Indexers { return cache.Indexers{} }
	var caches []*resourceCache
	for _, kind := range []struct {
		of    *cluster.Kind
		index func() cache.Indexers
	}{
		{cluster.LimitRanges, byNamespace},
		{cluster.ResourceQuotas, byNamespace},
		{cluster.PersistentVolumeClaims, byName},
		{cluster.PersistentVolumes, byName},
		{cluster.StorageClasses, byName},
		{cluster.Services, byNamespace},
		{cluster.PodDisruptionBudgets, byNamespace},
		{cluster.NetworkPolicies, byNamespace},
		{cluster.ReplicaSets, byNamespace},
		{cluster.StatefulSets, byNamespace},
		{cluster.DaemonSets, byNamespace},
		{cluster.Jobs, byNamespace},
		{cluster.ReplicationControllers, byNamespace},
		{cluster.HorizontalPodAutoscalers, byNamespace},
		{cluster.IngressClasses, byName},
	} {
		k := &resourceCache{of: kind.of, resource: kind.of.Resource, logger: logger}
		common := newShared()
		trim := k.safely(func(object any) (any, error) {
			trimmed, err := trim(object)
			return common.in(trimmed), err
		})
		objects := newListerWatcher(client.ListerWatcher(kind.of.GroupVersionResource(), metav1.NamespaceAll, ""), trim)
		if err := k.setUp(cache.NewSharedIndexInformer(objects, kind.of.New(), 0, kind.index()), once(trim)); err != nil {
			return nil, err
		}
		caches = append(caches, k)
	}
	return caches, nil
}

// byNamespace returns the index for List.
func byNamespace() cache.Indexers {
	return cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
}
