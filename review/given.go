package review

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
)

// given is the [fargate.Cluster] that the manifests make: what is not in them
// may be in the cluster, so it is not given, and never not found.
type given struct {
	limitRanges    map[string][]*corev1.LimitRange
	resourceQuotas map[string][]*corev1.ResourceQuota
	claims         map[namespacedName]*corev1.PersistentVolumeClaim
	volumes        map[string]*corev1.PersistentVolume
	classes        map[string]*storagev1.StorageClass
}

type namespacedName struct{ namespace, name string }

// newObjectToLookUp is an empty object of a kind that judgements look up, nil
// for others.
func newObjectToLookUp(apiVersion, kind string) runtime.Object {
	switch apiVersion + " " + kind {
	case "v1 LimitRange":
		return &corev1.LimitRange{}
	case "v1 ResourceQuota":
		return &corev1.ResourceQuota{}
	case "v1 PersistentVolumeClaim":
		return &corev1.PersistentVolumeClaim{}
	case "v1 PersistentVolume":
		return &corev1.PersistentVolume{}
	case "storage.k8s.io/v1 StorageClass":
		return &storagev1.StorageClass{}
	}
	return nil
}

// newGiven collects what can be looked up. Of two with the same name the last
// counts, as when they are applied one after the other; namespace is that of
// objects that name none.
func newGiven(manifests []manifest, namespace string) *given {
	g := &given{
		limitRanges:    map[string][]*corev1.LimitRange{},
		resourceQuotas: map[string][]*corev1.ResourceQuota{},
		claims:         map[namespacedName]*corev1.PersistentVolumeClaim{},
		volumes:        map[string]*corev1.PersistentVolume{},
		classes:        map[string]*storagev1.StorageClass{},
	}
	for i := range manifests {
		m := &manifests[i]
		in := m.meta.Namespace
		if in == "" {
			in = namespace
		}
		switch o := m.toLookUp.(type) {
		case *corev1.LimitRange:
			defaultLimitRange(o)
			g.limitRanges[in] = put(g.limitRanges[in], o)
		case *corev1.ResourceQuota:
			g.resourceQuotas[in] = put(g.resourceQuotas[in], o)
		case *corev1.PersistentVolumeClaim:
			g.claims[namespacedName{in, o.Name}] = o
		case *corev1.PersistentVolume:
			g.volumes[o.Name] = o
		case *storagev1.StorageClass:
			g.classes[o.Name] = o
		}
	}
	return g
}

// put appends an object, or puts it in the place of the one of its name. Those
// whose name is made when they are created are all different.
func put[T interface{ GetName() string }](list []T, object T) []T {
	at := slices.IndexFunc(list, func(other T) bool { return other.GetName() == object.GetName() })
	if at < 0 || object.GetName() == "" {
		return append(list, object)
	}
	list[at] = object
	return list
}

// LimitRanges are those of the manifests for a namespace.
func (g *given) LimitRanges(namespace string) ([]*corev1.LimitRange, error) {
	return g.limitRanges[namespace], nil
}

// ResourceQuotas are those of the manifests for a namespace.
func (g *given) ResourceQuotas(namespace string) ([]*corev1.ResourceQuota, error) {
	return g.resourceQuotas[namespace], nil
}

func (g *given) PersistentVolumeClaim(namespace, name string) (*corev1.PersistentVolumeClaim, error) {
	if claim, ok := g.claims[namespacedName{namespace, name}]; ok {
		return claim, nil
	}
	return nil, &fargate.NotGivenError{Kind: "PersistentVolumeClaim", Namespace: namespace, Name: name}
}

func (g *given) PersistentVolume(name string) (*corev1.PersistentVolume, error) {
	if volume, ok := g.volumes[name]; ok {
		return volume, nil
	}
	return nil, &fargate.NotGivenError{Kind: "PersistentVolume", Name: name}
}

func (g *given) StorageClass(name string) (*storagev1.StorageClass, error) {
	class := g.classes[name]
	if name == "" {
		class = fargate.DefaultStorageClass(slices.Collect(maps.Values(g.classes)))
	}
	if class == nil {
		return nil, &fargate.NotGivenError{Kind: "StorageClass", Name: name}
	}
	return class, nil
}
