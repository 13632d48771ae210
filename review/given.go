package review

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/policy"
)

// given is what the manifests say of a cluster, and the [cluster.Reader] of them. What isn't in
// them may exist in the cluster, so it is NotGiven and never NotFound.
type given struct {
	objects map[group][]metav1.Object
	// exempt is true for the namespaces that a Namespace among the manifests exempts.
	exempt map[string]bool
	// named are all objects of the manifests.
	named map[named]bool
}

// group is the objects of a kind in a namespace; for kinds without namespaces it is empty.
type group struct {
	kind      *cluster.Kind
	namespace string
}

// newGiven collects the objects that can be looked up. Of two with the same name the last one
// counts, as when they are applied one after the other. namespace is that of objects that name
// none.
func newGiven(manifests []manifest, namespace string) *given {
	g := &given{objects: map[group][]metav1.Object{}, exempt: map[string]bool{}, named: namesOf(manifests, namespace)}
	for i := range manifests {
		m := &manifests[i]
		if m.isNamespace() {
			g.exempt[m.meta.Name] = m.meta.Labels[policy.ExemptLabel] == "true"
		}
		if deployment, ok := m.object.(*appsv1.Deployment); ok {
			m.toLookUp, m.lookedUpAs = replicaSetOf(deployment), cluster.ReplicaSets
		}
		if m.toLookUp == nil {
			continue
		}
		if limits, ok := m.toLookUp.(*corev1.LimitRange); ok {
			defaultLimitRange(limits)
		}
		of := group{kind: m.lookedUpAs, namespace: m.meta.Namespace}
		switch {
		case !m.lookedUpAs.Namespaced:
			of.namespace = ""
		case of.namespace == "":
			of.namespace = namespace
		}
		g.objects[of] = put(g.objects[of], m.toLookUp)
	}
	return g
}

// replicaSetOf returns the ReplicaSet that a Deployment makes: its selector matches no other pods.
func replicaSetOf(d *appsv1.Deployment) *appsv1.ReplicaSet {
	const hash = "of-deployment"
	set := &appsv1.ReplicaSet{Spec: appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{}, Template: *d.Spec.Template.DeepCopy()}}
	if d.Name != "" {
		set.Name = d.Name + "-" + hash
		set.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))}
	}
	if d.Spec.Selector != nil {
		d.Spec.Selector.DeepCopyInto(set.Spec.Selector)
	}
	metav1.AddLabelToSelector(set.Spec.Selector, appsv1.DefaultDeploymentUniqueLabelKey, hash)
	metav1.SetMetaDataLabel(&set.Spec.Template.ObjectMeta, appsv1.DefaultDeploymentUniqueLabelKey, hash)
	return set
}

// put appends an object, or replaces the one of its name. Objects whose name is generated are all
// different.
func put(list []metav1.Object, object metav1.Object) []metav1.Object {
	at := slices.IndexFunc(list, func(other metav1.Object) bool { return other.GetName() == object.GetName() })
	if at < 0 || object.GetName() == "" {
		return append(list, object)
	}
	list[at] = object
	return list
}

// Get returns the object of the manifests with a name, and the default one of them for an empty
// name.
func (g *given) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	list := g.objects[group{kind, namespace}]
	if name == "" {
		if object := kind.Default(list); object != nil {
			return object, nil
		}
	}
	if at := slices.IndexFunc(list, func(object metav1.Object) bool { return object.GetName() == name }); at >= 0 {
		return list[at], nil
	}
	return nil, &cluster.NotGivenError{Kind: kind.Kind, Namespace: namespace, Name: name}
}

// List returns the objects of the manifests in a namespace.
func (g *given) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	return g.objects[group{kind, namespace}], nil
}

// limitRanges returns those of a namespace.
func (g *given) limitRanges(namespace string) []*corev1.LimitRange {
	ranges, err := cluster.List[*corev1.LimitRange](g, cluster.LimitRanges, namespace)
	if err != nil { // it never fails
		return nil
	}
	return ranges
}
