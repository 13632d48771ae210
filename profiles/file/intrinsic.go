package file

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
)

// unresolved ends the errors about intrinsic functions of CloudFormation.
const unresolved = "intrinsic functions can't be resolved here: write the value, or use the output of `aws eks describe-fargate-profile`"

// known returns false and adds an error if a value is an intrinsic function, short (!Ref x) or long
// ({Ref: x}).
func known(r *yamlfile.Reader, node *yaml.Node, at string) bool {
	name := intrinsic(node)
	if name != "" {
		r.Fail(node, at, "must not be %s: %s", name, unresolved)
	}
	return name == ""
}

// intrinsic returns the name of the intrinsic function in a node, or "".
func intrinsic(node *yaml.Node) string {
	if node == nil {
		return ""
	}
	node = yamlfile.Resolve(node)
	if tag := node.ShortTag(); strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") && len(tag) > 1 {
		return tag
	}
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 {
		if key := node.Content[0].Value; key == "Ref" || strings.HasPrefix(key, "Fn::") {
			return key
		}
	}
	return ""
}

// templateCluster returns the cluster of a profile in a template: its name, or the text of an
// intrinsic function as an alias.
func templateCluster(node *yaml.Node) cluster {
	if node == nil {
		return cluster{}
	}
	node = yamlfile.Resolve(node)
	switch name := intrinsic(node); {
	case name == "" && node.Kind == yaml.ScalarNode:
		return cluster{name: node.Value}
	case node.Kind == yaml.ScalarNode:
		return cluster{name: name + " " + node.Value, alias: true}
	case name != "" && len(node.Content) == 2 && node.Content[1].Kind == yaml.ScalarNode:
		return cluster{name: "!" + strings.TrimPrefix(name, "Fn::") + " " + node.Content[1].Value, alias: true}
	}
	return cluster{}
}

// mentions reports whether text is a value anywhere within a node. It does not follow aliases,
// since the node may contain itself.
func mentions(node *yaml.Node, text string) bool {
	return node.Value == text || slices.ContainsFunc(node.Content, func(child *yaml.Node) bool { return mentions(child, text) })
}
