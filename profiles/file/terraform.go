package file

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/manifest"
)

const (
	// terraformType is the resource type of a Fargate profile (F9.3).
	terraformType = "aws_eks_fargate_profile"
	// maxModules limits how deep modules may be nested: in YAML a module may contain itself.
	maxModules = 32
)

// isTerraform reports whether a document is the output of `terraform show -json` for a state or a
// plan.
func isTerraform(document *yaml.Node) bool {
	return manifest.Value(document, "format_version") != nil && manifest.Value(document, "apiVersion") == nil
}

// readTerraform reads the profiles of a state, or the planned ones of a plan, in all modules
// (F9.3). A document without any is an error, since it is probably the wrong one.
func readTerraform(r *yamlfile.Reader, document *yaml.Node, at string) []entry {
	fields := r.Fields(document, yamlfile.Join(at, "terraform"))
	field := "values"
	if _, isPlan := fields["planned_values"]; isPlan {
		field = "planned_values"
	}
	at = yamlfile.Join(at, field)
	var entries []entry
	if values := fields[field].Value; values != nil && !yamlfile.IsNull(values) {
		at = yamlfile.Join(at, "root_module")
		if root := r.Fields(values, at)["root_module"].Value; root != nil {
			entries = readModule(r, root, at, maxModules)
		}
	}
	if len(entries) == 0 {
		r.Fail(document, at, "must have a resource of type %s: check that it is the state of the right configuration and workspace", terraformType)
	}
	return entries
}

// readModule reads the profiles of a module and of its child modules, which may be nested depth
// levels deep.
func readModule(r *yamlfile.Reader, module *yaml.Node, at string, depth int) []entry {
	if depth == 0 {
		r.Fail(module, at, "modules must not be nested more than %d deep", maxModules)
		return nil
	}
	fields := r.Fields(module, at)
	var entries []entry
	for i, resource := range optionalList(r, fields["resources"].Value, at+".resources") {
		resource = yamlfile.Resolve(resource)
		if manifest.Text(resource, "type") == terraformType && manifest.Text(resource, "mode") != "data" {
			entries = append(entries, readResource(r, resource, fmt.Sprintf("%s.resources[%d]", at, i)))
		}
	}
	for i, child := range optionalList(r, fields["child_modules"].Value, at+".child_modules") {
		entries = append(entries, readModule(r, child, fmt.Sprintf("%s.child_modules[%d]", at, i), depth-1)...)
	}
	return entries
}

// readResource reads one instance of a resource. A plan lacks the fields whose values are only
// known after it is applied.
func readResource(r *yamlfile.Reader, resource *yaml.Node, at string) entry {
	if address := manifest.Text(resource, "address"); address != "" {
		at = address
	}
	values := manifest.Value(resource, "values")
	if values == nil {
		r.Fail(resource, at+".values", "missing")
		return entry{Profile: manifest.Profile{Line: resource.Line}}
	}
	e := entry{Profile: manifest.Read(r, values, at, manifest.Names{Name: "fargate_profile_name", Selectors: "selector", Status: "status"}, profiles.StatusActive)}
	e.cluster.name = manifest.Text(values, "cluster_name")
	return e
}

// optionalList returns the items of a list that may be missing.
func optionalList(r *yamlfile.Reader, list *yaml.Node, at string) []*yaml.Node {
	if list == nil || yamlfile.IsNull(list) {
		return nil
	}
	return r.List(list, at)
}
