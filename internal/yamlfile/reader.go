package yamlfile

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

const (
	// MaxErrors is how many errors are listed; the others are counted.
	MaxErrors = 20
	// maxVisits limits how many nodes are read, since aliases let a small file expand to a huge
	// one.
	maxVisits = 1 << 18
)

// Reader reads YAML nodes and collects errors, so that one run reports everything that is wrong.
type Reader struct {
	// Path is the name of the file, for errors.
	Path string
	// Old means that programs that only know YAML 1.1 read the file too: a value that they read as
	// a boolean (yes, Off) is an error where a string is needed.
	Old bool

	errs   []lineError
	more   int // number of errors beyond MaxErrors
	visits int
}

// lineError is an error and its line.
type lineError struct {
	line int
	error
}

// Fail adds an error about a node. at is the path of its field.
func (r *Reader) Fail(node *yaml.Node, at, format string, args ...any) {
	if len(r.errs) >= MaxErrors {
		r.more++
		return
	}
	place := r.Path
	if node.Line > 0 {
		place = fmt.Sprintf("%s:%d", r.Path, node.Line)
	}
	r.errs = append(r.errs, lineError{node.Line, fmt.Errorf("%s: %s: %s", place, at, fmt.Sprintf(format, args...))})
}

// Err returns all errors, one a line and in the order of the file, or nil if there are none.
func (r *Reader) Err() error {
	slices.SortStableFunc(r.errs, func(a, b lineError) int { return a.line - b.line })
	errs := make([]error, 0, len(r.errs)+1)
	for _, e := range r.errs {
		errs = append(errs, e.error)
	}
	if r.more > 0 {
		errs = append(errs, fmt.Errorf("%s: and %d more errors", r.Path, r.more))
	}
	return errors.Join(errs...)
}

// visit counts n nodes. It returns false once there are more than maxVisits, and adds an error the
// first time.
func (r *Reader) visit(node *yaml.Node, at string, n int) bool {
	if r.visits > maxVisits {
		return false
	}
	if r.visits += n; r.visits > maxVisits {
		r.Fail(node, at, "must not have more than %d values, counting an alias each time it is used: write out what the aliases stand for", maxVisits)
		return false
	}
	return true
}

// List returns the items of a list. It returns nil and adds an error if the node is not a list.
func (r *Reader) List(node *yaml.Node, at string) []*yaml.Node {
	list := Resolve(node)
	if list.Kind != yaml.SequenceNode {
		r.Fail(node, at, "must be a list, not a %s", Describe(list))
		return nil
	}
	if !r.visit(node, at, len(list.Content)) {
		return nil
	}
	return list.Content
}

// Text returns the text of a string. It returns false and adds an error for any other value, even
// if it could be read as a string: which string was meant is not certain.
func (r *Reader) Text(node *yaml.Node, at string) (string, bool) {
	scalar := Resolve(node)
	switch {
	case scalar.Kind != yaml.ScalarNode:
		r.Fail(node, at, "must be a string, not a %s", Describe(scalar))
	case IsNull(scalar):
		r.Fail(node, at, `must be a string, not null: write "" for the empty string`)
	case scalar.ShortTag() != stringTag || r.Old && isOldBoolean(scalar):
		r.Fail(node, at, "must be a string, but %s is a %s: put it in quotes", scalar.Value, Describe(scalar))
	default:
		return scalar.Value, true
	}
	return "", false
}
