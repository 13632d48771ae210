package scan

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// text reads a text, of which some are parsed.
func (c *cursor) text(n *node) error {
	content, odd, err := c.quoted()
	if err != nil {
		return err
	}
	switch n.form {
	case quantity:
		return c.quantity(content)
	case timestamp:
		return atMost(content, maxTimestamp, Timestamp, "a timestamp")
	case uid:
		if err := atMost(content, maxUID, UID, "a UID"); err != nil {
			return err
		}
	case text, anything:
	default:
		return nil
	}
	return c.charge(textMemory(len(content)) + oddMemory(content, odd))
}

// number reads a number.
func (c *cursor) number(n *node) error {
	start := c.at
	for c.at < len(c.data) && inNumber(c.data[c.at]) {
		c.at++
	}
	content := c.data[start:c.at]
	if len(content) == 0 {
		return ErrSyntax
	}
	if n.form == quantity {
		return c.quantity(content)
	}
	return atMost(content, maxNumber, Number, "a number")
}

func inNumber(b byte) bool {
	return b >= '0' && b <= '9' || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E'
}

// quantity checks a quantity as it stands: the parser takes no escapes.
func (c *cursor) quantity(content []byte) error {
	if err := atMost(content, maxQuantity, Quantity, "a quantity"); err != nil {
		return err
	}
	exponent, has := exponentOf(content)
	if has && len(exponent) > 0 {
		if size, err := strconv.Atoi(string(exponent)); err != nil || size > maxExponent {
			return &RefusalError{Reason: Quantity, Problem: fmt.Sprintf("the exponent of a quantity must be between -%d and %d, inclusive, not as in %q", maxExponent, maxExponent, content)}
		}
	}
	if has || len(content) > shortQuantity {
		return c.charge(longQuantity)
	}
	return nil
}

// exponentOf returns the digits of the exponent that ends a quantity, without its sign and leading
// zeros.
func exponentOf(content []byte) (digits []byte, ok bool) {
	at := bytes.LastIndexAny(content, "eE")
	if at < 0 {
		return nil, false
	}
	digits = bytes.TrimSpace(content[at+1:])
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	for _, b := range digits {
		if b < '0' || b > '9' {
			return nil, false // a suffix, such as Ei, or nothing that parses
		}
	}
	return bytes.TrimLeft(digits, "0"), true
}

func atMost(content []byte, most int, reason Reason, what string) error {
	if len(content) <= most {
		return nil
	}
	return &RefusalError{Reason: reason, Problem: fmt.Sprintf("%s must have at most %d bytes, not %d", what, most, len(content))}
}

// quoted reads a text in quotes and returns what is between them. odd is true if that isn't the
// text itself: it has escapes, or isn't plain ASCII.
func (c *cursor) quoted() (content []byte, odd bool, err error) {
	c.at++
	start := c.at
	for ; c.at < len(c.data); c.at++ {
		switch b := c.data[c.at]; {
		case b == '"':
			c.at++
			return c.data[start : c.at-1], odd, nil
		case b == '\\':
			c.at++
			odd = true
		case b >= utf8.RuneSelf:
			odd = true
		}
	}
	return nil, false, ErrSyntax
}

// oddMemory is what the decoder allocates to unquote a text, beside the text itself. It makes three
// bytes of one that isn't UTF-8, in a buffer that doubles.
func oddMemory(content []byte, odd bool) int {
	switch {
	case !odd:
		return 0
	case utf8.Valid(content):
		return textMemory(len(content) + 2*utf8.UTFMax)
	default:
		return 7 * textMemory(len(content)+2*utf8.UTFMax)
	}
}

// maxKey is longer than the name of any field.
const maxKey = 64

// unescaped returns a key without its escapes, in room. A key that can't be the name of a field
// returns nothing.
func unescaped(key []byte, odd bool, room []byte) []byte {
	if !odd {
		return key
	}
	for len(key) > 0 && len(room) < cap(room) {
		switch {
		case key[0] != '\\':
			room = append(room, key[0])
			key = key[1:]
		case len(key) >= 6 && key[1] == 'u':
			code, err := strconv.ParseUint(string(key[2:6]), 16, 16)
			if err != nil || code >= utf8.RuneSelf {
				return nil
			}
			room = append(room, byte(code))
			key = key[6:]
		default:
			return nil // no name has a quote, a slash or a control character
		}
	}
	if len(key) > 0 {
		return nil
	}
	return room
}

// printable returns a key for a message.
func printable(key []byte) string {
	const longest = 64
	if len(key) > longest {
		return "…"
	}
	for _, b := range key {
		if b < ' ' || b >= 0x7f {
			return "…"
		}
	}
	return string(key)
}
