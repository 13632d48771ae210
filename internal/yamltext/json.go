package yamltext

import (
	"encoding/json"
)

// maxDepth limits how deep JSON may be nested.
const maxDepth = 1000

// parseJSON returns the root of a JSON document; nil if it isn't one.
func parseJSON(data []byte) *Node {
	if !json.Valid(data) {
		return nil
	}
	p := jsonParser{data: data}
	return p.value(0)
}

// jsonParser goes through valid JSON.
type jsonParser struct {
	data []byte
	at   int
}

// skip moves to the next byte that is part of a token.
func (p *jsonParser) skip() byte {
	for p.at < len(p.data) {
		switch b := p.data[p.at]; b {
		case ' ', '\t', '\r', '\n', ',', ':':
			p.at++
		default:
			return b
		}
	}
	return 0
}

// value returns the next value; nil if it is nested too deep.
func (p *jsonParser) value(depth int) *Node {
	first := p.skip()
	n := &Node{Offset: p.at, Flow: true}
	switch first {
	case '{', '[':
		if depth >= maxDepth {
			return nil
		}
		if n.Kind = Sequence; first == '{' {
			n.Kind = Mapping
		}
		for p.at++; ; {
			if next := p.skip(); next == '}' || next == ']' {
				p.at++
				return n
			}
			item := p.value(depth + 1)
			if item == nil {
				return nil
			}
			n.Items = append(n.Items, item)
		}
	case '"':
		n.Quoted = true
		p.at = endOfQuoted(p.data, p.at)
		if err := json.Unmarshal(p.data[n.Offset:p.at], &n.Value); err != nil {
			return nil
		}
	default:
		for p.at < len(p.data) && !isJSONEnd(p.data[p.at]) {
			p.at++
		}
		n.Value = string(p.data[n.Offset:p.at])
	}
	return n
}

func isJSONEnd(b byte) bool {
	switch b {
	case ' ', '\t', '\r', '\n', ',', ':', ']', '}':
		return true
	}
	return false
}

// endOfQuoted returns the offset after the double-quoted text that begins at an offset.
func endOfQuoted(data []byte, at int) int {
	for at++; at < len(data); at++ {
		switch data[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return min(at, len(data))
}
