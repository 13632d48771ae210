package fargate

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Operation is one JSON Patch operation (RFC 6902): "add", "replace" of a value
// that has to change, or "remove" of one that was added before.
type Operation struct {
	Op   string `json:"op"`
	Path string `json:"path"`
	// Value is nil for remove alone.
	Value any `json:"value,omitempty"`
}

const (
	opAdd     = "add"
	opReplace = "replace"
	opRemove  = "remove"
)

// Patch is a minimal list of operations, with paths from the pod's root. It is
// written by hand rather than by comparing two marshalled pods, which would
// drop every field that is newer than our copy of the API types.
type Patch []Operation

// setStrings sets entries of a string map at path, in the order of their keys.
// A map that isn't there is added whole.
func (p *Patch) setStrings(path string, current, want map[string]string) {
	if len(want) == 0 {
		return
	}
	if current == nil {
		*p = append(*p, Operation{Op: opAdd, Path: path, Value: maps.Clone(want)})
		return
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		op := opAdd
		if value, ok := current[key]; ok {
			if value == want[key] {
				continue
			}
			op = opReplace
		}
		*p = append(*p, Operation{Op: op, Path: path + "/" + pointerEscape(key), Value: want[key]})
	}
}

// pointerEscape writes a key as one token of a JSON Pointer (RFC 6901).
func pointerEscape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// containerPath is the pointer to a container's field.
func containerPath(list string, index int, field string) string {
	return "/spec/" + list + "/" + strconv.Itoa(index) + "/" + field
}

// itemPath is the pointer to an item of the list at a path.
func itemPath(list string, index int) string {
	return list + "/" + strconv.Itoa(index)
}
