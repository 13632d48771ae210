package yamlfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxDepth limits how deep JSON may be nested.
const maxDepth = 1000

// jsonReader decodes JSON to YAML nodes. The YAML decoder can't read all JSON: not several
// documents in a row, as a shell loop prints them, and not surrogate pairs.
type jsonReader struct {
	data    []byte
	decoder *json.Decoder
	line    int // of the byte at offset counted
	counted int
	depth   int
}

// looksLikeJSON reports whether data starts like a JSON object or list. YAML may start like that,
// too.
func looksLikeJSON(data []byte) bool {
	start := bytes.TrimLeft(data, " \t\r\n")
	return len(start) > 0 && (start[0] == '{' || start[0] == '[') && utf8.Valid(data)
}

// jsonDocuments returns the JSON documents in data, except for null.
func jsonDocuments(path string, data []byte) ([]*yaml.Node, error) {
	r := &jsonReader{data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.decoder.UseNumber()
	var documents []*yaml.Node
	for {
		token, err := r.decoder.Token()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		var document *yaml.Node
		if err == nil {
			document, err = r.node(token)
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: not valid JSON: %w", path, r.lineNow(), err)
		}
		if document.Tag != nullTag {
			documents = append(documents, document)
		}
	}
}

// node returns the node that starts with a token.
func (r *jsonReader) node(token json.Token) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.ScalarNode, Line: r.lineNow()}
	switch value := token.(type) {
	case json.Delim:
		node.Kind, node.Tag = yaml.MappingNode, "!!map"
		if value == '[' {
			node.Kind, node.Tag = yaml.SequenceNode, "!!seq"
		}
		return node, r.content(node)
	case string:
		node.Tag, node.Value, node.Style = stringTag, value, yaml.DoubleQuotedStyle
	case json.Number:
		node.Tag, node.Value = "!!int", value.String()
		if strings.ContainsAny(node.Value, ".eE") {
			node.Tag = "!!float"
		}
	case bool:
		node.Tag, node.Value = "!!bool", fmt.Sprint(value)
	default:
		node.Tag, node.Value = nullTag, "null"
	}
	return node, nil
}

// content adds the items of an object or a list to its node.
func (r *jsonReader) content(parent *yaml.Node) error {
	if r.depth++; r.depth > maxDepth {
		return fmt.Errorf("must not be nested more than %d deep", maxDepth)
	}
	defer func() { r.depth-- }()
	for {
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			return nil
		}
		child, err := r.node(token)
		if err != nil {
			return err
		}
		parent.Content = append(parent.Content, child)
	}
}

// lineNow returns the line that the decoder has reached.
func (r *jsonReader) lineNow() int {
	offset := int(r.decoder.InputOffset())
	r.line += bytes.Count(r.data[r.counted:offset], []byte("\n"))
	r.counted = offset
	return r.line
}
