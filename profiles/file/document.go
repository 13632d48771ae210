package file

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

const (
	clusterConfigGroup = "eksctl.io/"
	clusterConfigKind  = "ClusterConfig"
	wanted             = "want an eksctl ClusterConfig (apiVersion: eksctl.io/v1alpha5, kind: ClusterConfig)"
)

// parse reads the profiles in data; path is the name for errors. What a document is shows in its content, not in the name of the file.
func parse(path string, data []byte) ([]profiles.Profile, error) {
	documents, err := yamlfile.Documents(path, data)
	if err != nil {
		return nil, err
	}
	config, err := findClusterConfig(path, documents)
	if err != nil {
		return nil, err
	}
	r := &yamlfile.Reader{Path: path, Old: true} // eksctl reads YAML 1.1
	list := readClusterConfig(r, config)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return list, nil
}

// findClusterConfig returns the one ClusterConfig among the documents.
func findClusterConfig(path string, documents []*yaml.Node) (*yaml.Node, error) {
	var config *yaml.Node
	var others []error
	for _, document := range documents {
		switch kind := scalarOf(document, "kind"); {
		case document.Kind != yaml.MappingNode:
			others = append(others, fmt.Errorf("%s:%d: is a %s: %s", path, document.Line, yamlfile.Describe(document), wanted))
		case kind != clusterConfigKind:
			others = append(others, fmt.Errorf("%s:%d: kind: is %q: %s", path, document.Line, kind, wanted))
		case !strings.HasPrefix(scalarOf(document, "apiVersion"), clusterConfigGroup):
			others = append(others, fmt.Errorf("%s:%d: apiVersion: is %q: %s", path, document.Line, scalarOf(document, "apiVersion"), wanted))
		case config != nil:
			return nil, fmt.Errorf("%s:%d: a second ClusterConfig, after that of line %d: keep one of them", path, document.Line, config.Line)
		default:
			config = document
		}
	}
	switch {
	case config != nil:
		return config, nil
	case len(documents) == 0:
		return nil, fmt.Errorf("%s: is empty: %s", path, wanted)
	default:
		return nil, others[0]
	}
}

// scalarOf returns the text of a document's field, or "" if there is none. It is for telling documents apart only.
func scalarOf(document *yaml.Node, field string) string {
	if document.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(document.Content); i += 2 {
		if document.Content[i].Value == field && document.Content[i+1].Kind == yaml.ScalarNode {
			return document.Content[i+1].Value
		}
	}
	return ""
}
