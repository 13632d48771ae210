package review

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
	"fargate-webhook/kinds/lbc"
)

// given is the [fargate.Cluster] that the manifests make: what is not in them
// may be in the cluster, so it is not given, and never not found.
type given struct {
	objects map[group][]metav1.Object
}

// lookedUp is an object that judgements look up.
type lookedUp interface {
	runtime.Object
	metav1.Object
}

// group are the objects of a kind in a namespace; those of kinds without
// namespaces have none.
type group struct{ kind, namespace string }

// newObjectToLookUp is an empty object of a kind that judgements look up, nil
// for others.
func newObjectToLookUp(apiVersion, kind string) lookedUp {
	switch apiVersion + " " + kind {
	case "v1 LimitRange":
		return &corev1.LimitRange{}
	case "v1 ResourceQuota":
		return &corev1.ResourceQuota{}
	case "v1 PersistentVolumeClaim":
		return &corev1.PersistentVolumeClaim{}
	case "v1 PersistentVolume":
		return &corev1.PersistentVolume{}
	case "v1 Service":
		return &corev1.Service{}
	case "v1 ReplicationController":
		return &corev1.ReplicationController{}
	case "apps/v1 ReplicaSet":
		return &appsv1.ReplicaSet{}
	case "networking.k8s.io/v1 IngressClass":
		return &networkingv1.IngressClass{}
	case "networking.k8s.io/v1 NetworkPolicy":
		return &networkingv1.NetworkPolicy{}
	case "policy/v1 PodDisruptionBudget":
		return &policyv1.PodDisruptionBudget{}
	case "storage.k8s.io/v1 StorageClass":
		return &storagev1.StorageClass{}
	case lbc.ParamsGroup + "/" + lbc.ParamsVersion + " " + lbc.ParamsKind:
		return &lbc.IngressClassParams{}
	}
	return nil
}

// hasNoNamespace reports the kinds of which a cluster has one set.
func hasNoNamespace(object lookedUp) bool {
	switch object.(type) {
	case *corev1.PersistentVolume, *networkingv1.IngressClass, *storagev1.StorageClass, *lbc.IngressClassParams:
		return true
	}
	return false
}

// newGiven collects what can be looked up. Of two with the same name the last
// counts, as when they are applied one after the other; namespace is that of
// objects that name none.
func newGiven(manifests []manifest, namespace string) *given {
	g := &given{objects: map[group][]metav1.Object{}}
	for i := range manifests {
		m := &manifests[i]
		if m.toLookUp == nil {
			continue
		}
		if limits, ok := m.toLookUp.(*corev1.LimitRange); ok {
			defaultLimitRange(limits)
		}
		of := group{kind: m.meta.Kind, namespace: m.meta.Namespace}
		switch {
		case hasNoNamespace(m.toLookUp):
			of.namespace = ""
		case of.namespace == "":
			of.namespace = namespace
		}
		g.objects[of] = put(g.objects[of], m.toLookUp)
	}
	return g
}

// put appends an object, or puts it in the place of the one of its name. Those
// whose name is made when they are created are all different.
func put(list []metav1.Object, object metav1.Object) []metav1.Object {
	at := slices.IndexFunc(list, func(other metav1.Object) bool { return other.GetName() == object.GetName() })
	if at < 0 || object.GetName() == "" {
		return append(list, object)
	}
	list[at] = object
	return list
}

// all are the objects of a kind in a namespace.
func all[T metav1.Object](g *given, kind, namespace string) []T {
	var list []T
	for _, object := range g.objects[group{kind: kind, namespace: namespace}] {
		if typed, ok := object.(T); ok {
			list = append(list, typed)
		}
	}
	return list
}

// named is the object of a kind with a name.
func named[T metav1.Object](g *given, kind, namespace, name string) (T, error) {
	list := all[T](g, kind, namespace)
	if at := slices.IndexFunc(list, func(object T) bool { return object.GetName() == name }); at >= 0 {
		return list[at], nil
	}
	var none T
	return none, &fargate.NotGivenError{Kind: kind, Namespace: namespace, Name: name}
}
