package policy

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/yamlfile"
)

const (
	apiVersion = "fargate-webhook/v1alpha1"
	kind       = "Policy"
	// wanted is what the smallest policy file says.
	wanted = "want apiVersion: " + apiVersion + " and kind: " + kind
)

// Parse reads the content of a policy file; path is its name for errors, which
// are those of [Load]. What the file doesn't say is as in
// [fargate.DefaultPolicy].
func Parse(path string, data []byte) (fargate.Policy, error) {
	documents, err := yamlfile.Documents(path, data)
	switch {
	case err != nil:
		return fargate.Policy{}, err
	case len(documents) == 0:
		return fargate.Policy{}, fmt.Errorf("%s: is empty: %s", path, wanted)
	case documents[0].Kind != yaml.MappingNode:
		return fargate.Policy{}, fmt.Errorf("%s:%d: is a %s: %s", path, documents[0].Line, yamlfile.Describe(documents[0]), wanted)
	}
	f := file{yamlfile.Reader{Path: path}}
	policy := f.policy(documents[0])
	for _, more := range documents[1:] {
		f.Fail(more, kind, "a further document, after that of line %d: keep one of them", documents[0].Line)
	}
	if err := f.Err(); err != nil {
		return fargate.Policy{}, err
	}
	return policy, nil
}

// file is a policy file that is being read.
type file struct{ yamlfile.Reader }

func (f *file) policy(document *yaml.Node) fargate.Policy {
	fields := f.Fields(document, kind)
	f.Only(fields, "", "a policy", slices.Concat([]string{"apiVersion", "kind"}, settingsFields(), []string{"exempt", "namespaces"})...)
	f.constant(document, fields, "apiVersion", apiVersion)
	f.constant(document, fields, "kind", kind)
	policy := fargate.DefaultPolicy()
	policy.Settings = f.settings(fields, "", policy.Settings)
	policy.Exempt = f.exempt(fields, policy.Exempt)
	policy.Namespaces = f.namespaces(fields, policy.Settings)
	return policy
}

// constant notes an error unless a field has the only value it may have.
func (f *file) constant(document *yaml.Node, fields yamlfile.Fields, name, want string) {
	node := fields[name].Value
	if node == nil || yamlfile.IsNull(node) {
		f.Fail(document, name, "missing: want %s", want)
		return
	}
	if text, ok := f.Text(node, name); ok && text != want {
		f.Fail(node, name, "is %q: want %s", text, want)
	}
}

// stated returns the value of a field that may be left out, and whether there
// is one. A field without a value is an error: it might mean its default, or
// nothing at all.
func (f *file) stated(fields yamlfile.Fields, at, name string) (*yaml.Node, bool) {
	field, present := fields[name]
	if present && yamlfile.IsNull(field.Value) {
		f.Fail(field.Key, yamlfile.Join(at, name), "has no value: give it one, or leave it out")
		return nil, false
	}
	return field.Value, present
}
