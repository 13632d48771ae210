package yamlfile

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

const (
	// MaxErrors is how many errors are told at once; the others are counted.
	MaxErrors = 20
	// maxVisits is how many nodes are looked at. Aliases let a small file stand for a huge one; an ordinary file comes nowhere near.
	maxVisits = 1 << 18
)

// Reader takes YAML nodes apart. It collects errors, so that one run tells all that is wrong.
type Reader struct {
	// Path is the name of the file, for errors.
	Path string
	// Old says that the file is also read by programs that know YAML 1.1 only: what they take for a boolean (yes, Off) is an error where
	// a string is wanted, since it is not known which one was meant.
	Old bool

	errs   []lineError
	more   int // errors beyond MaxErrors
	visits int
}

// lineError is an error and where in the file it is.
type lineError struct {
	line int
	error
}

// Fail notes an error at a node.
func (r *Reader) Fail(node *yaml.Node, at, format string, args ...any) {
	if len(r.errs) >= MaxErrors {
		r.more++
		return
	}
	r.errs = append(r.errs, lineError{node.Line, fmt.Errorf("%s:%d: %s: %s", r.Path, node.Line, at, fmt.Sprintf(format, args...))})
}

// Err returns all errors, one per line and in the order of the file, or nil.
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
