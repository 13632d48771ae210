package yamlfile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// MaxErrors is how many errors are told at once; the others are counted.
	MaxErrors = 20
	// maxVisits is how many nodes are looked at. Aliases let a small file stand for a huge one; an ordinary file comes nowhere near.
	maxVisits = 1 << 18
	// maxMerges is how deep merges (`<<`) may be nested. An anchor may contain itself.
	maxMerges = 16
)

// Reader takes YAML nodes apart. It collects errors, so that one run tells all that is wrong.
type Reader struct {
	// Path is the name of the file, for errors.
	Path string
	// Old says that the file is also read by programs that know YAML 1.1 only: what they take for a boolean (yes, Off) is an error where
	// a string is wanted, since it is not known which one was meant.
	Old bool

	errs   []error
	more   int // errors beyond MaxErrors
	visits int
}

// Field is an entry of a mapping.
type Field struct{ Key, Value *yaml.Node }

// Fields are the entries of a mapping by their keys.
type Fields map[string]Field

// Names returns the keys in order, so that errors come in the same order each time.
func (f Fields) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Fail notes an error at a node.
func (r *Reader) Fail(node *yaml.Node, at, format string, args ...any) {
	if len(r.errs) >= MaxErrors {
		r.more++
		return
	}
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s: %s", r.Path, node.Line, at, fmt.Sprintf(format, args...)))
}

// Err returns all errors, one per line, or nil.
func (r *Reader) Err() error {
	errs := r.errs
	if r.more > 0 {
		errs = append(errs, fmt.Errorf("%s: and %d more errors", r.Path, r.more))
	}
	return errors.Join(errs...)
}

// visit counts n nodes looked at, and returns false when it is enough.
func (r *Reader) visit(node *yaml.Node, at string, n int) bool {
	if r.visits > maxVisits {
		return false
	}
	if r.visits += n; r.visits > maxVisits {
		r.Fail(node, at, "more than %d values up to here, aliases counted each time they are used: write out what is meant", maxVisits)
		return false
	}
	return true
}

// List returns the items of a list. Anything else is noted as an error.
func (r *Reader) List(node *yaml.Node, at string) []*yaml.Node {
	list := Resolve(node)
	if list.Kind != yaml.SequenceNode {
		r.Fail(node, at, "is a %s: want a list", Describe(list))
		return nil
	}
	if !r.visit(node, at, len(list.Content)) {
		return nil
	}
	return list.Content
}

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

// Text returns the text of a string. A value that YAML takes for something else is an error: it is not known which string was meant.
func (r *Reader) Text(node *yaml.Node, at string) (string, bool) {
	scalar := Resolve(node)
	switch {
	case scalar.Kind != yaml.ScalarNode:
		r.Fail(node, at, "is a %s: want a string", Describe(scalar))
	case IsNull(scalar):
		r.Fail(node, at, `has no value: want a string, "" for the empty one`)
	case scalar.ShortTag() != stringTag || r.Old && isOldBoolean(scalar):
		r.Fail(node, at, "%s is a %s: want a string; put it in quotes", scalar.Value, Describe(scalar))
	default:
		return scalar.Value, true
	}
	return "", false
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
