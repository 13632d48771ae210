package yamltext

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Kind is what a node is.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	Mapping
	Sequence
)

// Node is a value in a document.
type Node struct {
	Kind Kind
	// Offset is where its text begins, an anchor or tag included. That of an empty value is where
	// it would be.
	Offset int
	// Flow is true for {a: b}, [a, b], and all of JSON.
	Flow bool
	// Quoted is true for a scalar that isn't plain.
	Quoted bool
	// Shared is true for a node with an anchor that an alias uses. An alias is the node that it
	// stands for: the text of a shared node is that of several places.
	Shared bool
	// Value is that of a scalar.
	Value string
	// Items are the items of a sequence, and the keys and values of a mapping in turn.
	Items []*Node

	// index finds the keys of a large mapping.
	index map[string]int
}

// MaxDocument is the size, in bytes, up to which a document is parsed into nodes: these take some
// times the memory of its text.
const MaxDocument = 16 << 20

// ErrTooLarge is the error of Parse for a document that is larger than MaxDocument.
var ErrTooLarge = errors.New("the document is too large to be searched")

// Parse returns the root of a YAML or JSON document; nil if it is empty.
func Parse(data []byte) (*Node, error) {
	if len(data) > MaxDocument {
		return nil, ErrTooLarge
	}
	if !utf8.Valid(data) {
		return nil, errors.New("the document is not in UTF-8")
	}
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) > 0 && start[0] == '{' {
		if root := parseJSON(data); root != nil {
			return root, nil
		}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	c := converter{data: data, nextLine: 1, nodes: map[*yaml.Node]*Node{}, used: map[*yaml.Node]bool{}}
	return c.node(document.Content[0]), nil
}

// converter makes nodes of those of the YAML parser, which say line and column but not the offset.
// It goes through the text once, in the order of the nodes.
type converter struct {
	data []byte
	// at is an offset, in the line that starts at start and is the one before nextLine as the
	// parser counts, column characters after start.
	at, start, nextLine, column int
	// nodes are those with an anchor.
	nodes map[*yaml.Node]*Node
	// used are those of them that an alias stands for.
	used map[*yaml.Node]bool
}

func (c *converter) node(from *yaml.Node) *Node {
	if from.Kind == yaml.AliasNode {
		c.used[from.Alias] = true
		if target := c.nodes[from.Alias]; target != nil {
			target.Shared = true
			return target
		}
		return &Node{Offset: c.offset(from)} // within itself
	}
	n := &Node{Offset: c.offset(from), Flow: from.Style&yaml.FlowStyle != 0, Value: from.Value}
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	n.Quoted = from.Style&quoted != 0
	switch from.Kind {
	case yaml.MappingNode:
		n.Kind = Mapping
	case yaml.SequenceNode:
		n.Kind = Sequence
	default: // a scalar
	}
	if len(from.Content) > 0 {
		n.Items = make([]*Node, len(from.Content))
	}
	for i, item := range from.Content {
		n.Items[i] = c.node(item)
	}
	if from.Anchor != "" {
		c.nodes[from], n.Shared = n, c.used[from] // within itself
	}
	return n
}

// offset returns where a node begins.
func (c *converter) offset(n *yaml.Node) int {
	if n.Line < c.nextLine-1 || n.Line == c.nextLine-1 && n.Column-1 < c.column {
		c.at, c.start, c.nextLine, c.column = 0, 0, 1, 0
	}
	for c.nextLine <= n.Line {
		if c.nextLine > 1 {
			c.start = afterBreak(c.data, c.at)
		}
		c.at, c.column = c.start, 0
		c.nextLine++
	}
	for ; c.column < n.Column-1 && c.at < len(c.data); c.column++ {
		_, size := utf8.DecodeRune(c.data[c.at:])
		c.at += size
	}
	return c.at
}

// afterBreak returns the start of the line after the one that holds the byte at an offset. To the
// parser more ends a line than "\n".
func afterBreak(data []byte, at int) int {
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		at += size
		switch r {
		case '\r':
			if at < len(data) && data[at] == '\n' {
				at++
			}
			return at
		case '\n', '\u0085', '\u2028', '\u2029':
			return at
		}
	}
	return at
}
