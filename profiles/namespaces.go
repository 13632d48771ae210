package profiles

import (
	"slices"
)

// patternGroup is a namespace pattern and the selectors that have it, in order.
type patternGroup struct {
	pattern   Pattern
	selectors []*CompiledSelector
}

// namespacePatterns finds the namespace patterns that match a name. Each is kept under the text before its first wildcard or that after
// its last one, whichever is longer, so that only those that start or end as the name does are tried, however many there are.
type namespacePatterns struct {
	byPrefix, bySuffix affixes
	all                []string
}

// affixes are patterns by what their matches start or end with.
type affixes struct {
	groups  map[string][]*patternGroup
	lengths []int // of the keys, each once, ascending
}

// newNamespacePatterns groups selectors that are in order. All of them have wildcards in the namespace.
func newNamespacePatterns(selectors []*CompiledSelector) namespacePatterns {
	groups := map[Pattern]*patternGroup{}
	patterns := namespacePatterns{byPrefix: newAffixes(), bySuffix: newAffixes()}
	for _, selector := range selectors {
		group := groups[selector.Namespace]
		if group == nil {
			group = &patternGroup{pattern: selector.Namespace}
			groups[selector.Namespace] = group
			patterns.all = append(patterns.all, selector.Namespace.String())
			if prefix, suffix := selector.Namespace.prefix(), selector.Namespace.suffix(); len(suffix) > len(prefix) {
				patterns.bySuffix.add(suffix, group)
			} else {
				patterns.byPrefix.add(prefix, group)
			}
		}
		group.selectors = append(group.selectors, selector)
	}
	slices.Sort(patterns.all)
	return patterns
}

func newAffixes() affixes { return affixes{groups: map[string][]*patternGroup{}} }

func (a *affixes) add(affix string, group *patternGroup) {
	a.groups[affix] = append(a.groups[affix], group)
	if at, found := slices.BinarySearch(a.lengths, len(affix)); !found {
		a.lengths = slices.Insert(a.lengths, at, len(affix))
	}
}

// selectors returns those whose pattern matches the namespace, in order: nil if none does, and the list of the group itself if one does,
// to spare an allocation.
func (n *namespacePatterns) selectors(namespace string) []*CompiledSelector {
	var m matching
	for _, length := range n.byPrefix.lengths {
		if length > len(namespace) {
			break
		}
		m.try(n.byPrefix.groups[namespace[:length]], namespace)
	}
	for _, length := range n.bySuffix.lengths {
		if length > len(namespace) {
			break
		}
		m.try(n.bySuffix.groups[namespace[len(namespace)-length:]], namespace)
	}
	if m.merged == nil {
		return m.first
	}
	slices.SortFunc(m.merged, byRank)
	return m.merged
}

// matching gathers the selectors of the patterns that match: first are those of one, merged those of all once there are several.
type matching struct {
	first, merged []*CompiledSelector
}

func (m *matching) try(groups []*patternGroup, namespace string) {
	for _, group := range groups {
		switch {
		case !group.pattern.Match(namespace):
		case m.first == nil:
			m.first = group.selectors
		case m.merged == nil:
			m.merged = slices.Concat(m.first, group.selectors)
		default:
			m.merged = append(m.merged, group.selectors...)
		}
	}
}

// texts returns the patterns, sorted.
func (n *namespacePatterns) texts() []string { return slices.Clone(n.all) }
