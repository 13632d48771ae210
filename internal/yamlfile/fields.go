package yamlfile

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxMerges limits how deep merges (`<<`) may be nested: an anchor may contain itself.
const maxMerges = 16

// Field is an entry of a mapping.
type Field struct{ Key, Value *yaml.Node }

// Fields holds the entries of a mapping by key.
type Fields map[string]Field

// Names returns the keys, sorted, so that errors have a stable order.
func (f Fields) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Fields returns the entries of a mapping, including those from merges. It returns nil and adds an
// error if the node is not a mapping.
func (r *Reader) Fields(node *yaml.Node, at string) Fields {
	return r.merged(node, at, maxMerges)
}

// merged is Fields with the number of merges that may still be nested.
func (r *Reader) merged(node *yaml.Node, at string, depth int) Fields {
	mapping := Resolve(node)
	if mapping.Kind != yaml.MappingNode {
		r.Fail(node, at, "must be a mapping, not a %s", Describe(mapping))
		return nil
	}
	if !r.visit(node, at, len(mapping.Content)) {
		return nil
	}
	fields := make(Fields, len(mapping.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := Resolve(mapping.Content[i]), mapping.Content[i+1]
		if key.ShortTag() == mergeTag {
			merges = append(merges, value)
			continue
		}
		name, ok := r.Text(key, at+" key")
		if !ok {
			continue
		}
		if first, taken := fields[name]; taken {
			r.Fail(mapping.Content[i], at, "%q is set twice, first in line %d: remove one of the two", name, first.Key.Line)
			continue
		}
		fields[name] = Field{Key: mapping.Content[i], Value: value}
	}
	for _, merge := range merges {
		r.merge(fields, merge, at, depth)
	}
	return fields
}

// merge adds the fields of a `<<`, which is a mapping or a list of mappings. It keeps fields that
// are set already.
func (r *Reader) merge(fields Fields, node *yaml.Node, at string, depth int) {
	if depth == 0 {
		r.Fail(node, at, "merges (<<) must not be nested more than %d deep: write the fields out", maxMerges)
		return
	}
	sources := []*yaml.Node{node}
	if resolved := Resolve(node); resolved.Kind == yaml.SequenceNode {
		sources = r.List(node, at)
	}
	for _, source := range sources {
		for name, field := range r.merged(source, at, depth-1) {
			if _, present := fields[name]; !present {
				fields[name] = field
			}
		}
	}
}

// Only adds an error for each field that is not in names. of is what has the fields, for the error:
// "a selector".
func (r *Reader) Only(fields Fields, at, of string, names ...string) {
	for _, name := range fields.Names() {
		if !slices.Contains(names, name) {
			r.Fail(fields[name].Key, Join(at, name), "unknown field: %s may only have %s", of, Listed("and", names...))
		}
	}
}

// Required returns the text of a field. It returns "" and adds an error if the field is missing,
// empty or not a string. node is the mapping.
func (r *Reader) Required(node *yaml.Node, fields Fields, at, name string) string {
	at = Join(at, name)
	field, present := fields[name]
	if !present || IsNull(field.Value) {
		r.Fail(node, at, "missing")
		return ""
	}
	text, ok := r.Text(field.Value, at)
	if ok && text == "" {
		r.Fail(field.Value, at, "must not be empty")
	}
	return text
}

// Join returns the path of a field of the mapping at a path. The path of the document is empty.
func Join(at, name string) string { return strings.TrimPrefix(at+"."+name, ".") }

// Listed returns "a, b and c", with word in place of "and".
func Listed(word string, names ...string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " " + word + " " + names[last]
}
