package yamlfile

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxMerges is how deep merges (`<<`) may be nested. An anchor may contain itself.
const maxMerges = 16

// Field is an entry of a mapping.
type Field struct{ Key, Value *yaml.Node }

// Fields are the entries of a mapping by their keys.
type Fields map[string]Field

// Names returns the keys in order, so that errors come in the same order each time.
func (f Fields) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Fields returns the entries of a mapping, merged ones included. It is nil if the node is no mapping.
func (r *Reader) Fields(node *yaml.Node, at string) Fields {
	return r.merged(node, at, maxMerges)
}

// merged is Fields with the number of nested merges that are left.
func (r *Reader) merged(node *yaml.Node, at string, depth int) Fields {
	mapping := Resolve(node)
	if mapping.Kind != yaml.MappingNode {
		r.Fail(node, at, "is a %s: want a mapping", Describe(mapping))
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
			r.Fail(mapping.Content[i], at, "%q stands here a second time, after line %d: keep one of them", name, first.Key.Line)
			continue
		}
		fields[name] = Field{Key: mapping.Content[i], Value: value}
	}
	for _, merge := range merges {
		r.merge(fields, merge, at, depth)
	}
	return fields
}

// merge adds what a `<<` names, a mapping or a list of them; what is there already stays.
func (r *Reader) merge(fields Fields, node *yaml.Node, at string, depth int) {
	if depth == 0 {
		r.Fail(node, at, "merges are nested more than %d deep: write out what is meant", maxMerges)
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

// Only notes an error for each field that is none of names. of says what has the fields: "a selector".
func (r *Reader) Only(fields Fields, at, of string, names ...string) {
	for _, name := range fields.Names() {
		if !slices.Contains(names, name) {
			r.Fail(fields[name].Key, Join(at, name), "not a field of %s: want %s", of, Listed("and", names...))
		}
	}
}

// Required returns the text of a field that must be there and not be empty. node is the mapping.
func (r *Reader) Required(node *yaml.Node, fields Fields, at, name string) string {
	at = Join(at, name)
	field, present := fields[name]
	if !present || IsNull(field.Value) {
		r.Fail(node, at, "missing")
		return ""
	}
	text, ok := r.Text(field.Value, at)
	if ok && text == "" {
		r.Fail(field.Value, at, "empty")
	}
	return text
}

// Join is the path of a field of what is at a path; the path of the document is empty.
func Join(at, name string) string { return strings.TrimPrefix(at+"."+name, ".") }

// Listed is "a, b and c", with another word for "and".
func Listed(word string, names ...string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " " + word + " " + names[last]
}
