package yamlfile

import "go.yaml.in/yaml/v3"

// Tags of YAML scalars.
const (
	nullTag   = "!!null"
	stringTag = "!!str"
	mergeTag  = "!!merge"
)

// isOldBoolean reports whether a scalar is a boolean in YAML 1.1 but a string in YAML 1.2.
func isOldBoolean(scalar *yaml.Node) bool {
	if scalar.Style != 0 { // quoted, or tagged as a string
		return false
	}
	switch scalar.Value {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF":
		return true
	}
	return false
}

// IsNull reports whether a node is null or has no value.
func IsNull(node *yaml.Node) bool { return Resolve(node).ShortTag() == nullTag }

// Resolve returns the node that an alias refers to, and any other node itself.
func Resolve(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// Describe returns the type of a node for errors: "list", "number".
func Describe(node *yaml.Node) string {
	tag := node.ShortTag()
	switch {
	case node.Kind == yaml.MappingNode:
		return "mapping"
	case node.Kind == yaml.SequenceNode:
		return "list"
	case tag == nullTag:
		return "null"
	case tag == "!!int" || tag == "!!float":
		return "number"
	case tag == "!!timestamp":
		return "date"
	case tag == "!!bool" || tag == stringTag && isOldBoolean(node):
		return "boolean"
	case tag == stringTag:
		return "string"
	default:
		return "value of type " + tag
	}
}
