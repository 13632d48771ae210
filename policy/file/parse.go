package file

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/policy"
)

const (
	apiVersion = "fargate-webhook/v1alpha1"
	kind       = "Policy"
	// wanted is the smallest policy file.
	wanted = "want apiVersion: " + apiVersion + " and kind: " + kind
)

// Parse reads the content of a policy file. path is its name in errors, which are those of [Load].
// What the file doesn't set is as in [policy.Default].
func Parse(path string, data []byte, known policy.Vocabulary) (policy.Policy, error) {
	documents, err := yamlfile.Documents(path, data)
	switch {
	case err != nil:
		return policy.Policy{}, err
	case len(documents) == 0:
		return policy.Policy{}, fmt.Errorf("%s: is empty: %s", path, wanted)
	case documents[0].Kind != yaml.MappingNode:
		return policy.Policy{}, fmt.Errorf("%s:%d: is a %s: %s", path, documents[0].Line, yamlfile.Describe(documents[0]), wanted)
	}
	r := reader{Reader: yamlfile.Reader{Path: path}, known: known}
	parsed := r.policy(documents[0])
	for _, more := range documents[1:] {
		r.Fail(more, kind, "a further document, after that of line %d: keep one of them", documents[0].Line)
	}
	if err := r.Err(); err != nil {
		return policy.Policy{}, err
	}
	return parsed, nil
}

// reader reads one policy file and collects its mistakes.
type reader struct {
	yamlfile.Reader
	known policy.Vocabulary
}

func (r *reader) policy(document *yaml.Node) policy.Policy {
	fields := r.Fields(document, kind)
	r.Only(fields, "", "a policy", slices.Concat([]string{"apiVersion", "kind"}, []string{"nodes"}, settingsFields, []string{"failurePolicy", "timeoutSeconds", "prefilter", "exempt", "podTemplates", "namespaces"})...)
	r.constant(document, fields, "apiVersion", apiVersion)
	r.constant(document, fields, "kind", kind)
	p := policy.Default()
	p.Nodes = choice(r, fields, "", "nodes", p.Nodes, policy.NodesMixed, policy.NodesFargateOnly)
	p.Settings = r.settings(fields, "", p.Settings)
	p.Calls = r.calls(fields)
	p.Exempt = r.exempt(fields, p.Exempt)
	p.PodTemplates = r.extended(fields, "", "podTemplates", nil, r.podTemplate)
	p.Namespaces = r.namespaces(fields, p.Settings)
	return p
}

func (r *reader) podTemplate(node *yaml.Node, at, text string) {
	if err := r.known.PodTemplate(text); err != nil {
		r.Fail(node, at, "%v", err)
	}
}

// constant reports an error unless a field has the one value that it may have.
func (r *reader) constant(document *yaml.Node, fields yamlfile.Fields, name, want string) {
	node := fields[name].Value
	if node == nil || yamlfile.IsNull(node) {
		r.Fail(document, name, "missing: want %s", want)
		return
	}
	if text, ok := r.Text(node, name); ok && text != want {
		r.Fail(node, name, "is %q: want %s", text, want)
	}
}

// stated returns the value of an optional field, and whether the field is there. A field without a
// value is an error: it might mean its default, or nothing at all.
func (r *reader) stated(fields yamlfile.Fields, at, name string) (*yaml.Node, bool) {
	field, present := fields[name]
	if present && yamlfile.IsNull(field.Value) {
		r.Fail(field.Key, yamlfile.Join(at, name), "has no value: give it one, or leave it out")
		return nil, false
	}
	return field.Value, present
}
