package scan

import (
	"errors"
	"fmt"
	"reflect"
)

// ErrSyntax is returned for what is not JSON. The decoder says what is wrong with it.
var ErrSyntax = errors.New("not JSON")

// Body returns the memory that the decoder will allocate for a body, in bytes and from above. Its
// error is a [RefusalError], or ErrSyntax for a body that the decoder will refuse.
func (s *Shape) Body(data []byte) (memory int, err error) {
	c := cursor{data: data, most: MaxMemory}
	if err := c.whole(s.root, reflect.Value{}); err != nil {
		return 0, err
	}
	return c.memory, nil
}

// Values looks at the values alone: numbers, quantities and timestamps that cost far more than any
// real one, and nesting. How much there is doesn't count. What isn't JSON passes. Its error is a
// [RefusalError].
func (s *Shape) Values(data []byte) error {
	c := cursor{data: data, anySize: true}
	if err := c.value(s.root, reflect.Value{}); !errors.Is(err, ErrSyntax) {
		return err
	}
	return nil
}

// cursor goes over a body once, and decodes it where there is something to decode into.
type cursor struct {
	data          []byte
	at            int
	depth, memory int
	elements      int
	// most is how much memory may be taken.
	most int
	// anySize is true if memory, elements and entries don't count.
	anySize bool
	// rooms are nil unless the body is decoded.
	*rooms
}

// whole reads the one value that there is.
func (c *cursor) whole(n *node, v reflect.Value) error {
	if err := c.value(n, v); err != nil {
		return err
	}
	if c.next() != 0 || c.at < len(c.data) {
		return ErrSyntax
	}
	return nil
}

// value reads one value, into v unless that is the zero Value.
func (c *cursor) value(n *node, v reflect.Value) error {
	first := c.next()
	if first == 'n' {
		return c.literal("null") // it leaves what nobody has set yet
	}
	if err := c.charge(n.memory); err != nil {
		return err
	}
	if v.IsValid() {
		v = target(v)
	}
	start := c.at
	err := c.content(first, n, v)
	if err == nil && n.parsed() {
		if n.form == raw {
			err = c.charge(textMemory(c.at - start))
		}
		if err == nil && v.IsValid() {
			err = unmarshal(v, c.data[start:c.at])
		}
	}
	return err
}

func (c *cursor) content(first byte, n *node, v reflect.Value) error {
	switch first {
	case '{':
		return c.nested(c.object, n, v)
	case '[':
		return c.nested(c.array, n, v)
	case '"':
		return c.text(n, v)
	case 't':
		return c.boolean("true", n, v)
	case 'f':
		return c.boolean("false", n, v)
	default:
		return c.number(n, v)
	}
}

// nested reads an object or an array, from its bracket.
func (c *cursor) nested(read func(*node, reflect.Value) error, n *node, v reflect.Value) error {
	if c.depth == maxDepth {
		return &RefusalError{Reason: Depth, Problem: fmt.Sprintf("must not be nested more than %d levels deep", maxDepth)}
	}
	c.depth++
	c.at++
	err := read(n, v)
	c.depth--
	return err
}

// array reads the elements of an array and its closing bracket.
func (c *cursor) array(n *node, v reflect.Value) error {
	element, each := nothing, 0
	switch n.form {
	case list:
		element, each = n.element, n.each
	case anything:
		element, each = n, anyMemory
	default: // the decoder skips it
	}
	items, err := itemsOf(n, v)
	if err != nil {
		return err
	}
	if c.next() == ']' {
		c.at++
		items.none()
		return nil
	}
	for i := 0; ; i++ {
		err := c.charge(each)
		if c.elements++; c.elements > maxElements && !c.anySize && err == nil {
			err = &RefusalError{Reason: Elements, Problem: fmt.Sprintf("the lists of the review must not have more than %d elements, which is reached here", maxElements)}
		}
		if err == nil {
			err = c.value(element, items.next())
		}
		if err != nil {
			return c.inside(err, fmt.Sprintf("[%d]", i))
		}
		if more, err := c.more(']'); !more {
			return err
		}
	}
}

// object reads the members of an object and its closing bracket.
func (c *cursor) object(n *node, v reflect.Value) error {
	into, err := membersOf(n, v)
	if err != nil {
		return err
	}
	if c.next() == '}' {
		c.at++
		return nil
	}
	if err := c.charge(n.first); err != nil {
		return err
	}
	var seen members
	for entries := 1; ; entries++ {
		if c.next() != '"' {
			return ErrSyntax
		}
		key, odd, err := c.quoted()
		if err != nil {
			return err
		}
		if c.next() != ':' {
			return ErrSyntax
		}
		c.at++
		err = c.member(n, key, odd, &seen, into)
		if entries > maxEntries && n.form == dictionary && !c.anySize && err == nil {
			err = &RefusalError{Reason: Elements, Problem: fmt.Sprintf("a map must not have more than %d entries, which is reached here", maxEntries)}
		}
		if err != nil {
			return c.inside(err, printable(key))
		}
		if more, err := c.more('}'); !more {
			return err
		}
	}
}

// members are the fields of a structure that were there, as bits, and where the next one is likely
// to be: encoders write them in their order.
type members struct {
	seen uint64
	next int
}

// member reads the value of a member, and counts what its key takes.
func (c *cursor) member(n *node, key []byte, odd bool, seen *members, v reflect.Value) error {
	switch n.form {
	case structure:
		var plain [maxKey]byte
		f := n.field(unescaped(key, odd, plain[:0]), &seen.next)
		if f == nil {
			if err := c.charge(oddMemory(key, odd)); err != nil {
				return err
			}
			return c.value(nothing, reflect.Value{})
		}
		bit := uint64(1) << f.number
		if seen.seen&bit != 0 {
			return &RefusalError{Reason: Repeated, Problem: "must be there only once"}
		}
		seen.seen |= bit
		return c.value(f.node, f.of(v))
	case dictionary:
		if err := c.charge(n.each + textMemory(len(key)) + oddMemory(key, odd)); err != nil {
			return err
		}
		if v.IsValid() {
			return c.entry(n, key, odd, v)
		}
		return c.value(n.element, v)
	case anything:
		if err := c.charge(anyMemory + textMemory(len(key)) + oddMemory(key, odd)); err != nil {
			return err
		}
		return c.value(n, v)
	default:
		return c.value(nothing, reflect.Value{})
	}
}

// more reads a comma, or the closing bracket that ends the elements.
func (c *cursor) more(closing byte) (bool, error) {
	switch c.next() {
	case ',':
		c.at++
		return true, nil
	case closing:
		c.at++
		return false, nil
	default:
		return false, ErrSyntax
	}
}

// next returns the next byte that isn't blank without reading it, 0 at the end.
func (c *cursor) next() byte {
	if c.at < len(c.data) && c.data[c.at] > ' ' {
		return c.data[c.at] // nothing that the API server sends is blank
	}
	for ; c.at < len(c.data); c.at++ {
		switch b := c.data[c.at]; b {
		case ' ', '\t', '\r', '\n':
		default:
			return b
		}
	}
	return 0
}

// charge counts memory.
func (c *cursor) charge(memory int) error {
	if c.memory += memory; c.memory > c.most && !c.anySize {
		if c.most < MaxMemory {
			return ErrUndecided
		}
		return &RefusalError{Reason: Memory, Problem: fmt.Sprintf("the review must not take more than %d MiB once it is decoded, which is reached here", MaxMemory>>20)}
	}
	return nil
}

// shownLevels is how many levels are named of what is nested too deeply.
const shownLevels = 4

// inside adds to a refusal where it is.
func (c *cursor) inside(err error, parent string) error {
	refusal, ok := err.(*RefusalError) //nolint:errorlint // it is never wrapped within the scan
	if !ok || refusal.Reason == Depth && c.depth > shownLevels {
		return err
	}
	return refusal.in(parent)
}
