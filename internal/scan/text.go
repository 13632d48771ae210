package scan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// quoted reads a text in quotes and returns what is between them. odd is true if that isn't the
// text itself: it has escapes, or isn't plain ASCII.
func (c *cursor) quoted() (content []byte, odd bool, err error) {
	c.at++
	start := c.at
	for {
		c.at += plain(c.data[c.at:])
		if c.at == len(c.data) {
			return nil, false, ErrSyntax
		}
		switch b := c.data[c.at]; {
		case b == '"':
			c.at++
			return c.data[start : c.at-1], odd, nil
		case b == '\\':
			odd = true
			length := escaped(c.data[c.at:])
			if length == 0 {
				return nil, false, ErrSyntax
			}
			c.at += length
		case b >= utf8.RuneSelf:
			odd = true
			c.at++
		default:
			return nil, false, ErrSyntax // a control character
		}
	}
}

// plain returns how many bytes at the beginning are printable ASCII, without quotes and backslashes.
// It looks at eight bytes at once: one that has to be found gets its highest bit set, and those
// before it don't.
func plain(data []byte) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	at := 0
	for ; len(data)-at >= 8; at += 8 {
		word := binary.LittleEndian.Uint64(data[at:])
		quote, backslash := word^each*'"', word^each*'\\'
		if found := (word | (word - each*' ') | (quote - each) | (backslash - each)) & high; found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for ; at < len(data); at++ {
		if b := data[at]; b < ' ' || b >= utf8.RuneSelf || b == '"' || b == '\\' {
			break
		}
	}
	return at
}

// escapes are what follows a backslash, but for u, and what it stands for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped returns the length of the escape at the beginning, 0 if it is none.
func escaped(data []byte) int {
	if len(data) < 2 {
		return 0
	}
	if escapes[data[1]] != 0 {
		return 2
	}
	if _, ok := codeOf(data); ok {
		return 6
	}
	return 0
}

// codeOf returns the code of an escape with four digits.
func codeOf(data []byte) (code rune, ok bool) {
	if len(data) < 6 || data[1] != 'u' {
		return 0, false
	}
	for _, b := range data[2:6] {
		code <<= 4
		switch {
		case b >= '0' && b <= '9':
			code |= rune(b - '0')
		case b >= 'a' && b <= 'f':
			code |= rune(b - 'a' + 10)
		case b >= 'A' && b <= 'F':
			code |= rune(b - 'A' + 10)
		default:
			return 0, false
		}
	}
	return code, true
}

// string returns the text whose content is given, without its escapes. It leaves surrogates and what
// isn't UTF-8 to the general decoder.
func (c *cursor) string(content []byte, odd bool) (string, error) {
	if !odd {
		return c.shared(content), nil
	}
	if !utf8.Valid(content) {
		return "", ErrUndecided
	}
	c.rooms.text = c.rooms.text[:0]
	for len(content) > 0 {
		length := plain(content)
		c.rooms.text = append(c.rooms.text, content[:length]...)
		switch content = content[length:]; {
		case len(content) == 0:
		case content[0] != '\\':
			c.rooms.text = append(c.rooms.text, content[0])
			content = content[1:]
		case escapes[content[1]] != 0:
			c.rooms.text = append(c.rooms.text, escapes[content[1]])
			content = content[2:]
		default:
			code, _ := codeOf(content)
			if !utf8.ValidRune(code) {
				return "", ErrUndecided
			}
			c.rooms.text = utf8.AppendRune(c.rooms.text, code)
			content = content[6:]
		}
	}
	return c.shared(c.rooms.text), nil
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
		if key[0] != '\\' {
			room = append(room, key[0])
			key = key[1:]
			continue
		}
		code, ok := codeOf(key)
		if !ok || code >= utf8.RuneSelf {
			return nil // no name has a quote, a slash or a control character
		}
		room = utf8.AppendRune(room, code)
		key = key[6:]
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
