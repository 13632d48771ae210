package custom

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fargate-webhook/kinds"
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
		name := strings.TrimRight(step, "[*]")
		if step == "*" {
			name = "*"
		}
		each := strings.Count(step, "[*]")
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

// under returns the object of a field, or those of its lists that are nested each times.
func (p place) under(name string, each int) []place {
	return inLists(strings.TrimPrefix(p.path+"."+name, "."), p.value[name], each)
}

func inLists(path string, value any, each int) []place {
	if each == 0 {
		if object, ok := value.(map[string]any); ok {
			return []place{{path, object}}
		}
		return nil
	}
	list, _ := value.([]any)
	var found []place
	for i, item := range list {
		found = append(found, inLists(indexed(path, i), item, each-1)...)
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
		field := step
		for strings.HasSuffix(field, "[*]") {
			field = strings.TrimSuffix(field, "[*]")
		}
		if field == "" || strings.ContainsAny(field, "[]") || field != "*" && strings.Contains(field, "*") {
			return Workload{}, fmt.Errorf("%q has the path %q: it must be names separated by dots, with [*] after a list and * for all entries of a map", text, path)
		}
	}
	for _, k := range kinds.Table {
		if k.Group == group && k.Kind == name {
			return Workload{}, fmt.Errorf("%q names a kind that is judged anyway: leave it out", text)
		}
	}
	return Workload{Group: group, Kind: name, Paths: []string{path}, loose: true}, nil
}
