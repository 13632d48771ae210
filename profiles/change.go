package profiles

import (
	"fmt"
	"strings"
)

// change is one difference between two lists.
type change struct {
	profile string
	what    string // for the log
}

// compare returns the differences between two lists, each sorted by name.
func compare(before, after []Profile) []change {
	var changes []change
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].Name < after[0].Name:
			changes = append(changes, change{before[0].Name, "removed, was " + string(before[0].Status)})
			before = before[1:]
		case len(before) == 0 || after[0].Name < before[0].Name:
			changes = append(changes, change{after[0].Name, addition(after[0])})
			after = after[1:]
		default:
			for _, what := range differences(before[0], after[0]) {
				changes = append(changes, change{after[0].Name, what})
			}
			before, after = before[1:], after[1:]
		}
	}
	return changes
}

// addition describes a profile that was added.
func addition(p Profile) string {
	parts := make([]string, len(p.Selectors))
	for i, selector := range p.Selectors {
		parts[i] = selector.describe()
	}
	if len(parts) == 0 {
		parts = []string{"no selector"}
	}
	return fmt.Sprintf("added, %s: %s", p.Status, strings.Join(parts, "; "))
}

// differences describes how status and selectors of a profile have changed. A profile can't be
// changed in EKS (F1.10), but it can be deleted and created again between two refreshes; one in a
// file can be changed.
func differences(was, is Profile) []string {
	var list []string
	if was.Status != is.Status {
		list = append(list, fmt.Sprintf("status %s -> %s", was.Status, is.Status))
	}
	if was.selectsLike(is) {
		return list
	}
	changed := false
	for _, selector := range without(is.Selectors, was.Selectors) {
		list, changed = append(list, "selector added: "+selector.describe()), true
	}
	for _, selector := range without(was.Selectors, is.Selectors) {
		list, changed = append(list, "selector removed: "+selector.describe()), true
	}
	if !changed {
		list = append(list, "selectors reordered")
	}
	return list
}

// without returns the selectors of list that are not in others. Duplicates count.
func without(list, others []Selector) []Selector {
	count := map[string]int{}
	for _, selector := range others {
		count[selector.key()]++
	}
	var left []Selector
	for _, selector := range list {
		if key := selector.key(); count[key] > 0 {
			count[key]--
		} else {
			left = append(left, selector)
		}
	}
	return left
}
