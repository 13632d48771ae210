package scan

import (
	"errors"
	"fmt"
)

// ErrSyntax is returned for what is not JSON. The decoder says what is wrong with it.
var ErrSyntax = errors.New("not JSON")

// Body returns the memory that the decoder will allocate for a body, in bytes and from above. Its
// error is a [RefusalError], or ErrSyntax for a body that the decoder will refuse.
func (s *Shape) Body(data []byte) (memory int, err error) {
	c := cursor{data: data}
	if err := c.value(s.root); err != nil {
		return 0, err
	}
	if c.next() != 0 || c.at < len(data) {
		return 0, ErrSyntax
	}
	return c.memory, nil
}

// Values looks at the values alone: numbers, quantities and timestamps that cost far more than any
// real one, and nesting. How much there is doesn't count. What isn't JSON passes. Its error is a
// [RefusalError].
func (s *Shape) Values(data []byte) error {
	c := cursor{data: data, anySize: true}
	if err := c.value(s.root); !errors.Is(err, ErrSyntax) {
		return err
	}
	return nil
}

// cursor goes over a body once. It takes more than JSON allows: what it must not do is to read a
// valid body in another way than the decoder.
type cursor struct {
	data          []byte
	at            int
	depth, memory int
	elements      int
	// anySize is true if memory, elements and entries don't count.
	anySize bool
}

// value reads one value.
func (c *cursor) value(n *node) error {
	first := c.next()
	if first != 'n' {
		if err := c.charge(n.memory); err != nil {
			return err
		}
	}
	start := c.at
	err := c.content(first, n)
	if err == nil && n.form == raw {
		err = c.charge(textMemory(c.at - start))
	}
	return err
}

func (c *cursor) content(first byte, n *node) error {
	switch first {
	case '{':
		return c.nested(c.object, n)
	case '[':
		return c.nested(c.array, n)
	case '"':
		return c.text(n)
	case 't', 'f', 'n':
		for c.at < len(c.data) && c.data[c.at] >= 'a' && c.data[c.at] <= 'z' {
			c.at++
		}
		return nil
	default:
		return c.number(n)
	}
}

// nested reads an object or an array, from its bracket.
func (c *cursor) nested(read func(*node) error, n *node) error {
	if c.depth == maxDepth {
		return &RefusalError{Reason: Depth, Problem: fmt.Sprintf("must not be nested more than %d levels deep", maxDepth)}
	}
	c.depth++
	c.at++
	err := read(n)
	c.depth--
	return err
}

// array reads the elements of an array and its closing bracket.
func (c *cursor) array(n *node) error {
	element, each := nothing, 0
	switch n.form {
	case list:
		element, each = n.element, n.each
	case anything:
		element, each = n, anyMemory
	default: // the decoder skips it
	}
	if c.next() == ']' {
		c.at++
		return nil
	}
	for i := 0; ; i++ {
		err := c.charge(each)
		if c.elements++; c.elements > maxElements && !c.anySize && err == nil {
			err = &RefusalError{Reason: Elements, Problem: fmt.Sprintf("the lists of the review must not have more than %d elements, which is reached here", maxElements)}
		}
		if err == nil {
			err = c.value(element)
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
func (c *cursor) object(n *node) error {
	var seen uint64
	if c.next() == '}' {
		c.at++
		return nil
	}
	if err := c.charge(n.first); err != nil {
		return err
	}
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
		member, err := c.member(n, key, odd, &seen)
		if entries > maxEntries && n.form == dictionary && !c.anySize && err == nil {
			err = &RefusalError{Reason: Elements, Problem: fmt.Sprintf("a map must not have more than %d entries, which is reached here", maxEntries)}
		}
		if err == nil {
			err = c.value(member)
		}
		if err != nil {
			return c.inside(err, printable(key))
		}
		if more, err := c.more('}'); !more {
			return err
		}
	}
}

// member returns the type of a member, and counts what its key takes.
func (c *cursor) member(n *node, key []byte, odd bool, seen *uint64) (*node, error) {
	switch n.form {
	case structure:
		var plain [maxKey]byte
		field, ok := n.fields[string(unescaped(key, odd, plain[:0]))]
		if !ok {
			return nothing, c.charge(oddMemory(key, odd))
		}
		bit := uint64(1) << field.number
		if *seen&bit != 0 {
			return nothing, &RefusalError{Reason: Repeated, Problem: "must be there only once"}
		}
		*seen |= bit
		return field.node, nil
	case dictionary:
		return n.element, c.charge(n.each + textMemory(len(key)) + oddMemory(key, odd))
	case anything:
		return n, c.charge(anyMemory + textMemory(len(key)) + oddMemory(key, odd))
	default:
		return nothing, nil
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
	if c.memory += memory; c.memory > MaxMemory && !c.anySize {
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
