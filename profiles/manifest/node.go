package manifest

import (
	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
)

// Text returns the text of a mapping's field. It returns "" if the field is missing or is not a
// scalar, without an error: use it for fields that a profile can do without.
func Text(mapping *yaml.Node, field string) string {
	if value := Value(mapping, field); value != nil && value.Kind == yaml.ScalarNode && !yamlfile.IsNull(value) {
		return value.Value
	}
	return ""
}

// Value returns the value of a mapping's field. It returns nil if the field is missing, comes from
// a YAML merge, or if mapping is not a mapping.
func Value(mapping *yaml.Node, field string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == field {
			return yamlfile.Resolve(mapping.Content[i+1])
		}
	}
	return nil
}
