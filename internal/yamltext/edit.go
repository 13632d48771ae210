package yamltext

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is what changes below a field: its value, its removal, items added to a list, or changes of
// fields within it.
type Change struct {
	// Set is true for a field that gets Value, which must be of the types of decoded JSON.
	Set   bool
	Value any
	// Remove is true for a field that is removed.
	Remove bool
	// Append are items added to a list.
	Append []any

	keys   []string
	within map[string]*Change
}

// At returns the change at a path of keys and indices below c.
func (c *Change) At(path ...string) *Change {
	for _, key := range path {
		next := c.within[key]
		if next == nil {
			if next = new(Change); c.within == nil {
				c.within = map[string]*Change{}
			}
			c.within[key], c.keys = next, append(c.keys, key)
		}
		c = next
	}
	return c
}

// Apply returns a decoded value with the changes. Fields above a changed one are made where they are
// missing.
func (c *Change) Apply(value any) any {
	if c.Set {
		value = c.Value
	}
	for _, key := range c.keys {
		inner := c.within[key]
		if list, ok := value.([]any); ok {
			if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(list) {
				list[i] = inner.Apply(list[i])
			}
			continue
		}
		object, _ := value.(map[string]any)
		if old, has := object[key]; inner.Remove {
			delete(object, key)
		} else if changed := inner.Apply(old); has || changed != nil {
			if object == nil {
				object = map[string]any{}
			}
			object[key] = changed
			value = object
		}
	}
	if len(c.Append) > 0 {
		list, _ := value.([]any)
		value = append(slices.Clone(list), c.Append...)
	}
	return value
}

// Edit replaces the bytes of a text from Start to End.
type Edit struct {
	Start, End int
	Text       string
}

// errForm is the error for a change that can't be made in the text as it is written.
var errForm = errors.New("the text can't be changed in place")

// Edits returns the edits that make changes in the text of a document. What it can't do in place is
// an error; a caller must compare the outcome with what it wanted, since YAML has more forms than
// are known here.
func Edits(data []byte, changes *Change) ([]Edit, error) {
	root, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, errForm
	}
	e := &editor{data: data, json: parsesAsJSON(data)}
	if err := e.change(root, changes); err != nil {
		return nil, err
	}
	slices.SortStableFunc(e.edits, func(a, b Edit) int { return a.Start - b.Start })
	for i := 1; i < len(e.edits); i++ {
		if e.edits[i].Start < e.edits[i-1].End {
			return nil, errForm
		}
	}
	return e.edits, nil
}

func parsesAsJSON(data []byte) bool {
	start := bytes.TrimLeft(data, " \t\r\n")
	return len(start) > 0 && start[0] == '{' && parseJSON(data) != nil
}

// Replace returns the text with the edits, which are in order.
func Replace(data []byte, edits []Edit) []byte {
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, data[at:e.Start]...), e.Text...)
		at = e.End
	}
	return append(out, data[at:]...)
}

type editor struct {
	data  []byte
	json  bool
	edits []Edit
}

func (e *editor) add(start, end int, text string) {
	e.edits = append(e.edits, Edit{Start: start, End: end, Text: text})
}

// change makes changes within a node.
func (e *editor) change(n *Node, c *Change) error {
	if n.Shared {
		return errForm
	}
	var missing []string
	for _, key := range c.keys {
		inner := c.within[key]
		if n.Kind == Sequence {
			i, err := strconv.Atoi(key)
			if item := n.Item(i); err != nil || item == nil || inner.Set {
				return errForm
			} else if err := e.change(item, inner); err != nil {
				return err
			}
			continue
		}
		at := -1
		if n.Kind == Mapping {
			at = n.find(key)
		}
		switch {
		case n.Kind != Mapping:
			return errForm
		case at < 0 && inner.Remove:
		case at < 0:
			missing = append(missing, key)
		default:
			if err := e.entry(n, at, inner); err != nil {
				return err
			}
		}
	}
	if len(c.Append) > 0 {
		return e.appendItems(n, c.Append)
	}
	return e.insert(n, missing, c)
}

// entry changes an entry of a mapping.
func (e *editor) entry(n *Node, at int, c *Change) error {
	key, value := n.Items[at], n.Items[at+1]
	isNull := value.Kind == Scalar && !value.Quoted && (value.Value == "" || value.Value == "null" || value.Value == "~")
	switch {
	case value.Shared:
		return errForm
	case c.Remove:
		return e.remove(n, at)
	case c.Set || isNull:
		made := c.Apply(nil)
		if made == nil {
			return nil
		}
		if object, ok := made.(map[string]any); ok && value.Kind == Mapping && len(value.Items) > 0 {
			return e.change(value, replacing(value, object))
		}
		text := e.flow(made)
		end, err := e.end(value)
		if err != nil || value.Offset <= key.Offset || (value.Kind != Scalar && len(value.Items) > 0) {
			return errForm
		}
		if value.Kind == Scalar && value.Value == "" && !value.Quoted {
			text = " " + text
		}
		if s, ok := made.(string); ok && value.Quoted && e.data[value.Offset] == '"' {
			text = quoted(s)
		}
		e.add(value.Offset, end, text)
		return nil
	}
	return e.change(value, c)
}

// replacing returns the changes of the entries of a mapping that make it an object, such as of one
// with null, which the API server drops.
func replacing(n *Node, object map[string]any) *Change {
	var c Change
	for i := 0; i+1 < len(n.Items); i += 2 {
		if key := n.Items[i].Value; object[key] == nil {
			c.At(key).Remove = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		at := c.At(key)
		at.Set, at.Value = true, object[key]
	}
	return &c
}

// end returns where the text of a scalar or flow node ends.
func (e *editor) end(n *Node) (int, error) {
	switch {
	case n.Kind != Scalar && n.Flow:
		return e.endOfFlow(n.Offset)
	case n.Kind == Scalar && n.Quoted && e.data[n.Offset] == '"':
		return endOfQuoted(e.data, n.Offset), nil
	case n.Kind == Scalar && n.Quoted && e.data[n.Offset] == '\'':
		return e.endOfSingle(n.Offset), nil
	case n.Kind == Scalar && !n.Quoted && bytes.HasPrefix(e.data[n.Offset:], []byte(n.Value)):
		return n.Offset + len(n.Value), nil
	}
	return 0, errForm
}

func (e *editor) endOfSingle(at int) int {
	for at++; at < len(e.data); at++ {
		if e.data[at] == '\'' {
			if at++; at >= len(e.data) || e.data[at] != '\'' {
				return at
			}
		}
	}
	return len(e.data)
}

// endOfFlow returns the offset after the bracket that closes the one at an offset.
func (e *editor) endOfFlow(at int) (int, error) {
	depth, before := 0, byte(0)
	for at < len(e.data) {
		b := e.data[at]
		starts := strings.IndexByte("{[,:", before) >= 0
		switch {
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			if depth--; depth == 0 {
				return at + 1, nil
			}
		case b == '"' && starts:
			at = endOfQuoted(e.data, at) - 1
		case b == '\'' && starts:
			at = e.endOfSingle(at) - 1
		case b == '#' && at > 0 && (e.data[at-1] == ' ' || e.data[at-1] == '\n'):
			for at < len(e.data) && e.data[at] != '\n' {
				at++
			}
			continue
		}
		if b != ' ' && b != '\n' && b != '\r' && b != '\t' {
			before = b
		}
		at++
	}
	return 0, errForm
}
