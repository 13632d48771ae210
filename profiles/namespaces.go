package profiles

import (
	"slices"
)

// patternGroup is a namespace pattern and its selectors, in order.
type patternGroup struct {
	pattern   Pattern
	selectors []*CompiledSelector
}

// namespacePatterns finds the patterns that match a namespace. It indexes each pattern by the text
// before its first wildcard or after its last one, whichever is longer, so that only patterns that
// start or end like the namespace are tried.
type namespacePatterns struct {
	byPrefix, bySuffix affixes
	all                []string
}

// affixes maps the prefixes or suffixes of patterns to the patterns.
type affixes struct {
	groups  map[string][]*patternGroup
	lengths []int // of the keys, without duplicates, ascending
}

// newNamespacePatterns indexes selectors, which are in order and all have wildcards in the
// namespace.
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

// selectors returns the selectors that match the namespace, in order, or nil. If one pattern
// matches, it returns the list of its group without a copy, to avoid an allocation.
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

// matching collects the selectors of matching patterns: first has those of the first pattern,
// merged those of all once a second matches.
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
