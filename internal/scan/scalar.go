package scan

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
)

// text reads a text, of which some are parsed.
func (c *cursor) text(n *node, v reflect.Value) error {
	content, odd, err := c.quoted()
	if err != nil {
		return err
	}
	switch n.form {
	case quantity:
		return c.quantity(content)
	case timestamp:
		return atMost(content, maxTimestamp, Timestamp, "a timestamp")
	case raw:
		return nil
	case uid:
		if err := atMost(content, maxUID, UID, "a UID"); err != nil {
			return err
		}
	case text, anything:
	default:
		return unless(v, ErrUndecided)
	}
	if err := c.charge(textMemory(len(content)) + oddMemory(content, odd)); err != nil || !v.IsValid() {
		return err
	}
	return c.setText(v, content, odd)
}

// unless returns an error if there is something to decode into: what is sent is of another type.
func unless(v reflect.Value, err error) error {
	if v.IsValid() {
		return err
	}
	return nil
}

// number reads a number.
func (c *cursor) number(n *node, v reflect.Value) error {
	start := c.at
	for c.at < len(c.data) && inNumber(c.data[c.at]) {
		c.at++
	}
	content := c.data[start:c.at]
	if n.form == quantity {
		if err := c.quantity(content); err != nil {
			return err
		}
	} else if err := atMost(content, maxNumber, Number, "a number"); err != nil {
		return err
	}
	if !isNumber(content) {
		return ErrSyntax
	}
	if !v.IsValid() || n.parsed() {
		return nil
	}
	return setNumber(v, content)
}

func inNumber(b byte) bool {
	return b >= '0' && b <= '9' || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E'
}

// isNumber reports a number as JSON has it.
func isNumber(content []byte) bool {
	content = bytes.TrimPrefix(content, []byte("-"))
	whole := digits(content)
	if whole == 0 || whole > 1 && content[0] == '0' {
		return false
	}
	content = content[whole:]
	if len(content) > 0 && content[0] == '.' {
		fraction := digits(content[1:])
		if fraction == 0 {
			return false
		}
		content = content[1+fraction:]
	}
	if len(content) > 0 && content[0]|' ' == 'e' {
		content = content[1:]
		if len(content) > 0 && (content[0] == '-' || content[0] == '+') {
			content = content[1:]
		}
		exponent := digits(content)
		return exponent > 0 && exponent == len(content)
	}
	return len(content) == 0
}

// digits returns how many digits are at the beginning.
func digits(content []byte) int {
	for i, b := range content {
		if b < '0' || b > '9' {
			return i
		}
	}
	return len(content)
}

// boolean reads true or false.
func (c *cursor) boolean(text string, n *node, v reflect.Value) error {
	if err := c.literal(text); err != nil || !v.IsValid() || n.parsed() {
		return err
	}
	if v.Kind() != reflect.Bool {
		return ErrUndecided
	}
	v.SetBool(text == "true")
	return nil
}

// literal reads a word.
func (c *cursor) literal(text string) error {
	if !bytes.HasPrefix(c.data[c.at:], []byte(text)) {
		return ErrSyntax
	}
	c.at += len(text)
	return nil
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
