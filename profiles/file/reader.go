package file

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

const (
	// maxErrors is how many errors are told at once.
	maxErrors = 20
	// maxVisits is how many nodes are looked at. Aliases let a small file stand for a huge one; an ordinary file comes nowhere near.
	maxVisits = 1 << 18
	// maxMerges is how deep merges (`<<`) may be nested. An anchor may contain itself.
	maxMerges = 16
)

// reader takes YAML nodes apart. It collects errors, so that one run tells all that is wrong.
type reader struct {
	path   string
	errs   []error
	more   int // errors beyond maxErrors
	visits int
}

// fail notes an error at a node.
func (r *reader) fail(node *yaml.Node, at, format string, args ...any) {
	if len(r.errs) >= maxErrors {
		r.more++
		return
	}
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s: %s", r.path, node.Line, at, fmt.Sprintf(format, args...)))
}

// err returns all errors, one per line, or nil.
func (r *reader) err() error {
	errs := r.errs
	if r.more > 0 {
		errs = append(errs, fmt.Errorf("%s: and %d more errors", r.path, r.more))
	}
	return errors.Join(errs...)
}

// visit counts n nodes looked at, and returns false when it is enough.
func (r *reader) visit(node *yaml.Node, at string, n int) bool {
	if r.visits > maxVisits {
		return false
	}
	if r.visits += n; r.visits > maxVisits {
		r.fail(node, at, "more than %d values up to here, aliases counted each time they are used: write out what is meant", maxVisits)
		return false
	}
	return true
}

// list returns the items of a list. Anything else is noted as an error.
func (r *reader) list(node *yaml.Node, at string) []*yaml.Node {
	list := resolve(node)
	if list.Kind != yaml.SequenceNode {
		r.fail(node, at, "is a %s: want a list", describe(list))
		return nil
	}
	if !r.visit(node, at, len(list.Content)) {
		return nil
	}
	return list.Content
}

// fields returns the values of a mapping by their keys, merged ones included. It is nil if the node is no mapping.
func (r *reader) fields(node *yaml.Node, at string) map[string]*yaml.Node {
	return r.merged(node, at, maxMerges)
}

// merged is fields with the number of nested merges that are left.
func (r *reader) merged(node *yaml.Node, at string, depth int) map[string]*yaml.Node {
	mapping := resolve(node)
	if mapping.Kind != yaml.MappingNode {
		r.fail(node, at, "is a %s: want a mapping", describe(mapping))
		return nil
	}
	if !r.visit(node, at, len(mapping.Content)) {
		return nil
	}
	fields := make(map[string]*yaml.Node, len(mapping.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := resolve(mapping.Content[i]), mapping.Content[i+1]
		if key.ShortTag() == mergeTag {
			merges = append(merges, value)
			continue
		}
		name, ok := r.text(key, at+" key")
		if !ok {
			continue
		}
		if first, taken := fields[name]; taken {
			r.fail(mapping.Content[i], at, "%q stands here a second time, after line %d: keep one of them", name, first.Line)
			continue
		}
		fields[name] = value
	}
	for _, merge := range merges {
		r.merge(fields, merge, at, depth)
	}
	return fields
}

// merge adds what a `<<` names, a mapping or a list of them; what is there already stays.
func (r *reader) merge(fields map[string]*yaml.Node, node *yaml.Node, at string, depth int) {
	if depth == 0 {
		r.fail(node, at, "merges are nested more than %d deep: write out what is meant", maxMerges)
		return
	}
	sources := []*yaml.Node{node}
	if resolved := resolve(node); resolved.Kind == yaml.SequenceNode {
		sources = r.list(node, at)
	}
	for _, source := range sources {
		for name, value := range r.merged(source, at, depth-1) {
			if _, present := fields[name]; !present {
				fields[name] = value
			}
		}
	}
}

// required returns the text of a field that must be there and not be empty.
func (r *reader) required(node *yaml.Node, fields map[string]*yaml.Node, at, name string) string {
	at += "." + name
	value, present := fields[name]
	if !present || isNull(value) {
		r.fail(node, at, "missing")
		return ""
	}
	text, ok := r.text(value, at)
	if ok && text == "" {
		r.fail(value, at, "empty")
	}
	return text
}

// text returns the text of a string. A value that YAML, or the older YAML that eksctl reads, takes for something else is an error: it is
// not known which string was meant.
func (r *reader) text(node *yaml.Node, at string) (string, bool) {
	scalar := resolve(node)
	switch {
	case scalar.Kind != yaml.ScalarNode:
		r.fail(node, at, "is a %s: want a string", describe(scalar))
	case isNull(scalar):
		r.fail(node, at, `has no value: want a string, "" for the empty one`)
	case scalar.ShortTag() != stringTag || isOldBoolean(scalar):
		r.fail(node, at, "%s is a %s: want a string; put it in quotes", scalar.Value, describe(scalar))
	default:
		return scalar.Value, true
	}
	return "", false
}

// sortedKeys returns the keys in order, so that errors come in the same order each time.
func sortedKeys(fields map[string]*yaml.Node) []string { return slices.Sorted(maps.Keys(fields)) }
