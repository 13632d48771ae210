package profiles

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// LabelPattern is one label of a selector: some label of the pod must match both patterns (F1.3).
type LabelPattern struct {
	Key   Pattern
	Value Pattern

	value   string // see Adds
	addable bool
}

// Matches reports whether some label of the pod matches key and value. It does not allocate.
func (l *LabelPattern) Matches(labels map[string]string) bool {
	if l.Key.Literal() {
		value, present := labels[l.Key.String()]
		return present && l.Value.Match(value)
	}
	for key, value := range labels {
		if l.Key.Match(key) && l.Value.Match(value) {
			return true
		}
	}
	return false
}

// String returns the label as `key: value`.
func (l *LabelPattern) String() string { return l.Key.text + ": " + l.Value.text }

// CompiledSelector is a selector of a profile, ready to be matched.
type CompiledSelector struct {
	// Profile is the name of the profile, Order the index of the selector in it, from 0.
	Profile string
	Order   int
	// Namespace is the pattern of the namespaces that it selects.
	Namespace Pattern
	// Labels are the labels that a pod must have, sorted by key in byte order. Without labels, it
	// selects all pods of the namespace.
	Labels []LabelPattern

	rank int // position among all selectors of the Index
}

// Matches reports whether each label pattern of the selector matches some label of the pod. One
// label may match several patterns (F1.5). It does not check the namespace, as Index.Selectors has
// done. It does not allocate.
func (s *CompiledSelector) Matches(labels map[string]string) bool {
	for i := range s.Labels {
		if !s.Labels[i].Matches(labels) {
			return false
		}
	}
	return true
}

// Missing returns the label patterns of the selector that a pod with these labels lacks, in order.
func (s *CompiledSelector) Missing(labels map[string]string) iter.Seq[*LabelPattern] {
	return func(yield func(*LabelPattern) bool) {
		for i := range s.Labels {
			if l := &s.Labels[i]; !l.Matches(labels) && !yield(l) {
				return
			}
		}
	}
}

// Compile returns the compiled selectors of a profile of any status, without those that have no
// namespace.
func Compile(p Profile) []*CompiledSelector { return compile([]Profile{p}) }

// compile returns the compiled selectors of the profiles, in order. It leaves out selectors without
// a namespace.
func compile(list []Profile) []*CompiledSelector {
	var all []*CompiledSelector
	for _, profile := range list {
		for order, selector := range profile.Selectors {
			if selector.Namespace == "" {
				continue
			}
			all = append(all, &CompiledSelector{
				Profile:   profile.Name,
				Order:     order,
				Namespace: NewPattern(selector.Namespace),
				Labels:    compileLabels(selector.Labels),
				rank:      len(all),
			})
		}
	}
	return all
}

// compileLabels returns the label patterns of a selector, sorted by key.
func compileLabels(labels map[string]string) []LabelPattern {
	patterns := make([]LabelPattern, 0, len(labels))
	for key, value := range labels {
		patterns = append(patterns, newLabelPattern(key, value))
	}
	slices.SortFunc(patterns, func(a, b LabelPattern) int { return strings.Compare(a.Key.text, b.Key.text) })
	return patterns
}

// byRank is the order of Index.Selectors.
func byRank(a, b *CompiledSelector) int { return cmp.Compare(a.rank, b.rank) }

// describe returns a selector in words: `namespace apps with the labels run=on-fargate, tier=web`.
func (s Selector) describe() string {
	if len(s.Labels) == 0 {
		return "namespace " + s.Namespace
	}
	labels := make([]string, 0, len(s.Labels))
	for _, key := range slices.Sorted(maps.Keys(s.Labels)) {
		labels = append(labels, key+"="+s.Labels[key])
	}
	noun := "label"
	if len(labels) > 1 {
		noun = "labels"
	}
	return "namespace " + s.Namespace + " with the " + noun + " " + strings.Join(labels, ", ")
}

// key returns a text that is the same for equal selectors only.
func (s Selector) key() string {
	parts := []string{s.Namespace}
	for _, key := range slices.Sorted(maps.Keys(s.Labels)) {
		parts = append(parts, key, s.Labels[key])
	}
	return fmt.Sprintf("%q", parts)
}
