package custom

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// place is a value in an object and its path there.
type place struct {
	path  string
	value map[string]any
}

// at returns the objects at a path, in the order of the object, entries of maps by name.
func at(object map[string]any, path string) []place {
	found := []place{{value: object}}
	for step := range strings.SplitSeq(path, ".") {
		name, each := strings.CutSuffix(step, "[*]")
		var next []place
		for _, p := range found {
			if name != "*" {
				next = append(next, p.under(name, each)...)
				continue
			}
			for _, key := range slices.Sorted(maps.Keys(p.value)) {
				next = append(next, p.under(key, each)...)
			}
		}
		found = next
	}
	return found
}

// under returns the object of a field, or with each those of its list.
func (p place) under(name string, each bool) []place {
	path := strings.TrimPrefix(p.path+"."+name, ".")
	if !each {
		if value, ok := p.value[name].(map[string]any); ok {
			return []place{{path, value}}
		}
		return nil
	}
	list, _ := p.value[name].([]any)
	var found []place
	for i, item := range list {
		if value, ok := item.(map[string]any); ok {
			found = append(found, place{fmt.Sprintf("%s[%d]", path, i), value})
		}
	}
	return found
}

// Parse reads "group/kind=path", as in "example.com/Widget=spec.pods[*].template"; the core group
// is empty. Its errors say what is wrong with the text.
func Parse(text string) (Workload, error) {
	const want = `must be "group/kind=path", such as "example.com/Widget=spec.template"`
	kind, path, ok := strings.Cut(text, "=")
	group, name, split := strings.Cut(kind, "/")
	if !ok || !split || name == "" || strings.Contains(name, "/") {
		return Workload{}, fmt.Errorf("%q %s", text, want)
	}
	for step := range strings.SplitSeq(path, ".") {
		if field := strings.TrimSuffix(step, "[*]"); field == "" || strings.ContainsAny(field, "[]") || field != "*" && strings.Contains(field, "*") {
			return Workload{}, fmt.Errorf("%q has the path %q: it must be names separated by dots, with [*] after a list and * for all entries of a map", text, path)
		}
	}
	return Workload{Group: group, Kind: name, Paths: []string{path}}, nil
}
