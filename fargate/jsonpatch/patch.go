// Package jsonpatch writes JSON Patches (RFC 6902) by hand. Comparing two marshalled objects
// instead would drop every field that is newer than our copy of the API types.
package jsonpatch

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"fargate-webhook/internal/text"
)

// Operation is one operation of a patch.
type Operation struct {
	// Op is "add", "replace" or "remove".
	Op string `json:"op"`
	// Path is a JSON Pointer (RFC 6901) from the root of the object.
	Path string `json:"path"`
	// Value is nil for "remove" only.
	Value any `json:"value,omitempty"`
}

// Patch is a list of operations, applied in order.
type Patch []Operation

// Value is a value that writes its own JSON.
type Value interface{ AppendJSON(b []byte) []byte }

// AppendJSON appends the patch as encoding/json writes it. Its error is that of a value that can't be
// encoded.
func (p Patch) AppendJSON(b []byte) ([]byte, error) {
	b = append(b, '[')
	for i := range p {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"op":"`...)
		b = append(b, p[i].Op...)
		b = append(b, `","path":`...)
		b = text.AppendJSON(b, p[i].Path)
		if p[i].Value != nil {
			b = append(b, `,"value":`...)
			var err error
			if b, err = appendValue(b, p[i].Value); err != nil {
				return nil, err
			}
		}
		b = append(b, '}')
	}
	return append(b, ']'), nil
}

func appendValue(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return text.AppendJSON(b, v), nil
	case map[string]string:
		return text.AppendPairs(b, v), nil
	case Value:
		return v.AppendJSON(b), nil
	}
	raw, err := json.Marshal(value)
	return append(b, raw...), err
}

// Add sets a field that isn't there, or inserts an item into a list.
func Add(path string, value any) Operation { return Operation{Op: "add", Path: path, Value: value} }

// Replace changes a field that is there.
func Replace(path string, value any) Operation {
	return Operation{Op: "replace", Path: path, Value: value}
}

// Remove removes a field that is there.
func Remove(path string) Operation { return Operation{Op: "remove", Path: path} }

// Pointer appends tokens, escaped, to a JSON Pointer.
func Pointer(base string, tokens ...string) string {
	for _, token := range tokens {
		base += "/" + escape.Replace(token)
	}
	return base
}

// Item returns the pointer to an item of the list at a pointer.
func Item(list string, index int) string { return list + "/" + strconv.Itoa(index) }

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// SetStrings sets entries of the string map at path, in the order of their keys. A map that isn't
// there, or is empty, is added as a whole: the API server leaves out empty ones. Entries that have
// their value already are left out.
func SetStrings(path string, current, want map[string]string) Patch {
	if len(want) == 0 {
		return nil
	}
	if len(current) == 0 {
		return Patch{Add(path, maps.Clone(want))}
	}
	var patch Patch
	for _, key := range text.SortedKeys(want) {
		at := Pointer(path, key)
		switch value, ok := current[key]; {
		case !ok:
			patch = append(patch, Add(at, want[key]))
		case value != want[key]:
			patch = append(patch, Replace(at, want[key]))
		}
	}
	return patch
}
