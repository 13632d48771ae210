package profiles

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
)

// Index has the ACTIVE profiles of a list, compiled for look-up by namespace. It never changes and is
// safe for concurrent use.
type Index struct {
	profiles []Profile                  // ACTIVE, by name
	exact    map[string]*exactSelectors // of namespaces without wildcards
	patterns namespacePatterns          // selectors with wildcards in the namespace
}

// exactSelectors are the selectors of a namespace that is spelled out. Those with wildcards that
// match it too are added when it is looked up first: together they may be many times the selectors.
type exactSelectors struct {
	own []*CompiledSelector
	all atomic.Pointer[[]*CompiledSelector] // nil before the first look-up
}

// NewIndex compiles the ACTIVE profiles of a list. Profiles of another status select no pods (S6).
// It copies the list.
//
// Profile names are unique within a cluster. If a list has several ACTIVE profiles of one name all
// the same, they are joined: one profile with all their selectors in the order of the list.
func NewIndex(list []Profile) *Index {
	x := &Index{profiles: activeByName(list), exact: map[string]*exactSelectors{}}
	var wild []*CompiledSelector
	for _, selector := range compile(x.profiles) {
		if !selector.Namespace.Literal() {
			wild = append(wild, selector)
			continue
		}
		of := x.exact[selector.Namespace.String()]
		if of == nil {
			of = &exactSelectors{}
			x.exact[selector.Namespace.String()] = of
		}
		of.own = append(of.own, selector)
	}
	x.patterns = newNamespacePatterns(wild)
	return x
}

// Selectors returns the selectors whose namespace matches, sorted by profile name in byte order
// (F1.6), then by their order in the profile. The caller must not change the slice. It allocates
// only at the first look-up of a namespace, and if several patterns, and no exact name, match it.
func (x *Index) Selectors(namespace string) []*CompiledSelector {
	of, found := x.exact[namespace]
	if !found {
		return x.patterns.selectors(namespace)
	}
	if all := of.all.Load(); all != nil {
		return *all
	}
	all := of.own
	if also := x.patterns.selectors(namespace); len(also) > 0 {
		all = slices.Concat(of.own, also)
		slices.SortFunc(all, byRank)
	}
	of.all.Store(&all)
	return all
}

// Has reports whether there is an ACTIVE profile of that name.
func (x *Index) Has(profile string) bool {
	_, found := slices.BinarySearchFunc(x.profiles, profile, func(p Profile, name string) int {
		return strings.Compare(p.Name, name)
	})
	return found
}

// Profiles returns the ACTIVE profiles, sorted by name in byte order. It is a copy.
func (x *Index) Profiles() []Profile {
	list := make([]Profile, len(x.profiles))
	for i, profile := range x.profiles {
		list[i] = profile.clone()
	}
	return list
}

// Namespaces returns the namespaces of all selectors: exact names and patterns with wildcards, each
// without duplicates and sorted.
func (x *Index) Namespaces() (exact, patterns []string) {
	return slices.Sorted(maps.Keys(x.exact)), x.patterns.texts()
}

// activeByName returns a copy of the ACTIVE profiles, sorted by name, with those of one name
// joined.
func activeByName(list []Profile) []Profile {
	var active []Profile
	for _, profile := range list {
		if profile.Status == StatusActive {
			active = append(active, profile.clone())
		}
	}
	slices.SortStableFunc(active, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	joined := active[:0]
	for _, profile := range active {
		if last := len(joined) - 1; last >= 0 && joined[last].Name == profile.Name {
			joined[last].Selectors = append(joined[last].Selectors, profile.Selectors...)
			continue
		}
		joined = append(joined, profile)
	}
	return joined
}
