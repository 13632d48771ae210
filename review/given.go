package review

import (
	"cmp"
	"sync"
	"unique"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/spool"
	"fargate-webhook/policy"
)

// given is what the manifests say of a cluster, and the [cluster.Reader] of them. What isn't in
// them may exist in the cluster, so it is NotGiven and never NotFound. Objects without a namespace
// are in the one of the review.
type given struct {
	namespace string
	shelves   map[group]*shelf
	// exempt is true for the namespaces that a Namespace among the manifests exempts.
	exempt map[string]bool
	// others are the objects of kinds that aren't looked up.
	others map[named]bool
	// load decodes an object that isn't kept decoded; nil for one that can't be.
	load func(kind *cluster.Kind, of *kept) (metav1.Object, error)

	// judging are the objects that are being judged, decoded, by their JSON.
	judging sync.Map

	mutex sync.Mutex
	// loaded are the objects that were decoded last.
	loaded map[spool.Ref]metav1.Object
}

// group is the objects of a kind in a namespace; for kinds without namespaces it is empty.
type group struct {
	kind      *cluster.Kind
	namespace string
}

func newGiven(namespace string) *given {
	return &given{
		namespace: namespace, shelves: map[group]*shelf{}, exempt: map[string]bool{}, others: map[named]bool{},
		loaded: map[spool.Ref]metav1.Object{},
	}
}

// add takes an object, whose JSON is in the spool as ref. Of two with the same name the last one
// counts, as when they are applied one after the other.
func (g *given) add(e *entry, ref spool.Ref) {
	namespace := unique.Make(cmp.Or(e.Namespace, g.namespace)).Value()
	if isNamespace(&e.TypeMeta) {
		g.exempt[e.Name] = e.Labels[policy.ExemptLabel] == "true"
	}
	if e.kind == nil {
		g.others[named{unique.Make(e.APIVersion).Value(), unique.Make(e.Kind).Value(), namespace, e.Name}] = true
		return
	}
	of := group{kind: e.kind}
	if e.kind.Namespaced {
		of.namespace = namespace
	}
	s := g.shelves[of]
	if s == nil {
		s = newShelf()
		g.shelves[of] = s
	}
	s.put(e.known(ref))
}

// has reports an object of the manifests.
func (g *given) has(apiVersion, kind, namespace, name string) bool {
	if kind == "Deployment" && apiVersion == deploymentType.APIVersion {
		return g.shelves[group{cluster.ReplicaSets, namespace}].named(replicaSetName(name)) != nil
	}
	if known := cluster.Find(apiVersion, kind); known != nil {
		return g.shelves[group{known, namespace}].named(name) != nil
	}
	return g.others[named{apiVersion, kind, namespace, name}]
}

// maxLoaded is how many decoded objects are kept for the next decision.
const maxLoaded = 1024

// object returns an object that was kept; nil for one that can't be decoded.
func (g *given) object(kind *cluster.Kind, k *kept) (metav1.Object, error) {
	if k.object != nil {
		return k.object, nil
	}
	if judged, is := g.judging.Load(k.json); is {
		return lookedUpAs(judged, k.deployment), nil
	}
	g.mutex.Lock()
	object := g.loaded[k.json]
	g.mutex.Unlock()
	if object != nil {
		return object, nil
	}
	object, err := g.load(kind, k)
	if object == nil || err != nil {
		return nil, err
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if len(g.loaded) >= maxLoaded {
		clear(g.loaded)
	}
	g.loaded[k.json] = object
	return object, nil
}

// Get returns the object of the manifests with a name, and the default one of them for an empty
// name.
func (g *given) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	if name == "" {
		all, err := g.List(kind, namespace)
		if err != nil {
			return nil, err
		}
		if object := kind.Default(all); object != nil {
			return object, nil
		}
	}
	if k := g.shelves[group{kind, namespace}].named(name); k != nil {
		if object, err := g.object(kind, k); object != nil || err != nil {
			return object, err
		}
	}
	return nil, &cluster.NotGivenError{Kind: kind.Kind, Namespace: namespace, Name: name}
}

// List returns the objects of the manifests in a namespace.
func (g *given) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	return g.objects(kind, g.shelves[group{kind, namespace}].all())
}

// Selecting returns at least the objects whose selector matches pods with the labels or some of them.
func (g *given) Selecting(kind *cluster.Kind, namespace string, labels map[string]string) ([]metav1.Object, error) {
	return g.objects(kind, g.shelves[group{kind, namespace}].selecting(labels))
}

// Labelled returns at least the workloads whose pods have all labels of a selector.
func (g *given) Labelled(kind *cluster.Kind, namespace string, selector map[string]string) ([]metav1.Object, error) {
	return g.objects(kind, g.shelves[group{kind, namespace}].labelled(selector))
}

// Scaling returns at least the autoscalers whose target has one of the names.
func (g *given) Scaling(kind *cluster.Kind, namespace string, names []string) ([]metav1.Object, error) {
	return g.objects(kind, g.shelves[group{kind, namespace}].scaling(names))
}

func (g *given) objects(kind *cluster.Kind, of []*kept) ([]metav1.Object, error) {
	list := make([]metav1.Object, 0, len(of))
	for _, k := range of {
		switch object, err := g.object(kind, k); {
		case err != nil:
			return nil, err
		case object != nil:
			list = append(list, object)
		}
	}
	return list, nil
}

// limitRanges returns those of a namespace.
func (g *given) limitRanges(namespace string) []*corev1.LimitRange {
	list, err := cluster.List[*corev1.LimitRange](g, cluster.LimitRanges, namespace)
	if err != nil { // they are kept decoded: it never fails
		return nil
	}
	return list
}
