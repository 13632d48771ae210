package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/custom"
)

// resource is a kind of objects to read.
type resource struct {
	schema.GroupVersionResource
	kind       string
	namespaced bool
	// place is its place among all that are read.
	place int
	// context is true for objects that are never reported: decisions about others look them up.
	context bool
	// required is true for kinds that the webhook is called for in every cluster.
	required bool
	// only is the one object that is read, nil for all.
	only *kinds.NamespacedName
	// empty returns an empty object of the kind's type, nil for a kind without one.
	empty func() runtime.Object
}

func (r *resource) groupKind() schema.GroupKind {
	return schema.GroupKind{Group: r.Group, Kind: r.kind}
}

// name is that of the resource for kubectl: "deployments.apps".
func (r *resource) name() string { return r.GroupResource().String() }

// source is the name of the sources of its objects.
func (r *resource) source() string { return "cluster: " + r.name() }

// namespaces are looked up for the label that exempts them, and judged for what is in the wrong
// place.
var namespaces = resource{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, kind: "Namespace"}

// order sorts resources so that those whose objects have controllers come after those of the
// controllers.
func order(all []resource) {
	late := map[string]int{"replicasets": 1, "jobs": 2, "pods": 3}
	slices.SortStableFunc(all, func(a, b resource) int { return cmp.Compare(late[a.Resource], late[b.Resource]) })
}

// resources returns what is read: the kinds that are judged, those that decisions look up, and those
// with pod templates at known paths, as far as the API server serves them.
func (r *Reader) resources(ctx context.Context) ([]resource, error) {
	all := []resource{namespaces}
	served := served{client: r.Client, lists: map[string]*metav1.APIResourceList{}}
	groups, err := r.Client.Groups(ctx)
	if err != nil {
		err = fmt.Errorf("which kinds the API server serves is not known: %w", err)
	}
	served.groups = groups
	var problem error
	find := func(group, kind string) *resource {
		found, err := served.find(ctx, group, kind)
		problem = cmp.Or(problem, err)
		return found
	}
	for _, k := range kinds.Reviewed {
		empty := func() runtime.Object { return k.New() }
		if k.Object != nil {
			if r.Namespace == "" || r.Namespace == k.Object.Namespace {
				all = append(all, resource{GroupVersionResource: k.GroupVersionKind().GroupVersion().WithResource(k.Resource), kind: k.Kind, namespaced: true, only: k.Object, empty: empty})
			}
		} else if !k.Optional {
			all = append(all, resource{
				GroupVersionResource: k.GroupVersionKind().GroupVersion().WithResource(k.Resource), kind: k.Kind, namespaced: true,
				required: !slices.Contains(kinds.ReviewOnly, k), empty: empty,
			})
		} else if found := find(k.Group, k.Kind); found != nil && slices.Contains(k.Versions, found.Version) {
			found.empty = empty
			all = append(all, *found)
		}
	}
	for _, k := range slices.Concat(cluster.Kinds, cluster.GivenKinds) {
		if slices.ContainsFunc(all, func(known resource) bool { return known.GroupResource() == k.GroupVersionResource().GroupResource() }) {
			continue
		}
		if of := served.lookedUp(ctx, k); of != nil {
			all = append(all, resource{
				GroupVersionResource: *of, kind: k.Kind, namespaced: k.Namespaced, context: true,
				empty: func() runtime.Object { return k.New() },
			})
		}
	}
	for _, w := range slices.Concat(r.PodTemplates, custom.Table) {
		known := func(known resource) bool { return known.groupKind() == schema.GroupKind{Group: w.Group, Kind: w.Kind} }
		if slices.ContainsFunc(all, known) {
			continue
		}
		if found := find(w.Group, w.Kind); found != nil {
			all = append(all, *found)
		}
	}
	order(all)
	for i := range all {
		all[i].place = i
	}
	return all, cmp.Or(err, problem)
}

// served is what the API server serves. Each version is asked for once.
type served struct {
	client interface {
		ServerResourcesForGroupVersion(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error)
	}
	groups []metav1.APIGroup
	lists  map[string]*metav1.APIResourceList
}

// find returns the resource of a kind in the first version that has it, nil if none has.
func (s *served) find(ctx context.Context, group, kind string) (*resource, error) {
	for _, version := range s.versions(group) {
		list, err := s.list(ctx, version)
		if err != nil {
			return nil, fmt.Errorf("which kinds the API server serves in %s is not known: %w", version, err)
		}
		if found := in(list, version, kind); found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// lookedUp returns the resource of a kind that decisions look up, in the first version of it that is
// served, nil if none is. A kind that isn't optional is served.
func (s *served) lookedUp(ctx context.Context, k *cluster.Kind) *schema.GroupVersionResource {
	of := k.GroupVersionResource()
	if !k.Optional {
		return &of
	}
	for _, version := range append([]string{k.Version}, k.Also...) {
		if s.has(ctx, k.Group, version, k.Kind) {
			of.Version = version
			return &of
		}
	}
	return nil
}

// has reports whether a version of a kind is served.
func (s *served) has(ctx context.Context, group, version, kind string) bool {
	of := schema.GroupVersion{Group: group, Version: version}.String()
	if !slices.Contains(s.versions(group), of) {
		return false
	}
	list, err := s.list(ctx, of)
	return err == nil && in(list, of, kind) != nil
}

func (s *served) versions(group string) (all []string) {
	if group == "" {
		return []string{"v1"}
	}
	for i := range s.groups {
		if s.groups[i].Name == group {
			for _, version := range s.groups[i].Versions {
				all = append(all, version.GroupVersion)
			}
		}
	}
	return all
}

func (s *served) list(ctx context.Context, version string) (*metav1.APIResourceList, error) {
	if list := s.lists[version]; list != nil {
		return list, nil
	}
	list, err := s.client.ServerResourcesForGroupVersion(ctx, version)
	if err != nil {
		return nil, err
	}
	s.lists[version] = list
	return list, nil
}

// in returns the resource of a kind that can be listed, nil for none.
func in(list *metav1.APIResourceList, version, kind string) *resource {
	of, err := schema.ParseGroupVersion(version)
	if err != nil {
		return nil
	}
	for i := range list.APIResources {
		if r := &list.APIResources[i]; r.Kind == kind && slices.Contains(r.Verbs, "list") {
			return &resource{GroupVersionResource: of.WithResource(r.Name), kind: kind, namespaced: r.Namespaced}
		}
	}
	return nil
}
