package yamlfile

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// FromValue returns the node of a decoded JSON value: nil, a string, a bool, a number, []any or
// map[string]any. Its nodes have no line, so that errors about them name none.
func FromValue(value any) *yaml.Node {
	switch v := value.(type) {
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag, Value: "null"}
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: stringTag, Value: v, Style: yaml.DoubleQuotedStyle}
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v)}
	case []any:
		node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			node.Content = append(node.Content, FromValue(item))
		}
		return node
	case map[string]any:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			node.Content = append(node.Content, FromValue(key), FromValue(v[key]))
		}
		return node
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: fmt.Sprint(v)}
	}
}
