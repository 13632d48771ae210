package profiles

import (
	"maps"
	"slices"
)

// patternGroup is a namespace pattern and the selectors that have it, in order.
type patternGroup struct {
	pattern   Pattern
	selectors []*CompiledSelector
}

// namespacePatterns finds the namespace patterns that match a name. Patterns are kept under the text before their first wildcard, so
// that only those that start as the name does are tried, however many there are.
type namespacePatterns struct {
	byPrefix map[string][]*patternGroup
	lengths  []int // of the prefixes, each once, ascending
}

// newNamespacePatterns groups selectors that are in order.
func newNamespacePatterns(selectors []*CompiledSelector) namespacePatterns {
	groups := map[Pattern]*patternGroup{}
	patterns := namespacePatterns{byPrefix: map[string][]*patternGroup{}}
	for _, selector := range selectors {
		group := groups[selector.Namespace]
		if group == nil {
			group = &patternGroup{pattern: selector.Namespace}
			groups[selector.Namespace] = group
			prefix := selector.Namespace.prefix()
			patterns.byPrefix[prefix] = append(patterns.byPrefix[prefix], group)
			patterns.lengths = append(patterns.lengths, len(prefix))
		}
		group.selectors = append(group.selectors, selector)
	}
	slices.Sort(patterns.lengths)
	patterns.lengths = slices.Compact(patterns.lengths)
	return patterns
}

// selectors returns those whose pattern matches the namespace, in order: nil if none does, and the list of the group itself if one does,
// to spare an allocation.
func (n *namespacePatterns) selectors(namespace string) []*CompiledSelector {
	var found, merged []*CompiledSelector
	for _, length := range n.lengths {
		if length > len(namespace) {
			break
		}
		for _, group := range n.byPrefix[namespace[:length]] {
			switch {
			case !group.pattern.Match(namespace):
			case found == nil:
				found = group.selectors
			case merged == nil:
				merged = slices.Concat(found, group.selectors)
			default:
				merged = append(merged, group.selectors...)
			}
		}
	}
	if merged == nil {
		return found
	}
	slices.SortFunc(merged, byRank)
	return merged
}

// texts returns the patterns, sorted.
func (n *namespacePatterns) texts() []string {
	var texts []string
	for groups := range maps.Values(n.byPrefix) {
		for _, group := range groups {
			texts = append(texts, group.pattern.String())
		}
	}
	slices.Sort(texts)
	return texts
}
