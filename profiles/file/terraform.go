package file

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
)

const (
	// terraformType is the type of a resource that is a Fargate profile (F9.3).
	terraformType = "aws_eks_fargate_profile"
	// maxModules is how deep modules may be nested. In YAML a module may contain itself.
	maxModules = 32
)

// isTerraform says whether a document is what `terraform show -json` prints, of a state or of a plan.
func isTerraform(document *yaml.Node) bool {
	return valueOf(document, "format_version") != nil && valueOf(document, "apiVersion") == nil
}

// readTerraform reads the profiles of a state, or those that there will be by a plan, in all modules (F9.3). None at all is an error, since
// it is more likely the wrong state than a cluster without profiles.
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
		r.Fail(document, at, "has no resource of type %s: is it the state of another configuration or workspace?", terraformType)
	}
	return entries
}

// readModule reads the profiles of a module and those within it, depth levels of them.
func readModule(r *yamlfile.Reader, module *yaml.Node, at string, depth int) []entry {
	if depth == 0 {
		r.Fail(module, at, "modules are nested more than %d deep", maxModules)
		return nil
	}
	fields := r.Fields(module, at)
	var entries []entry
	for i, resource := range optionalList(r, fields["resources"].Value, at+".resources") {
		resource = yamlfile.Resolve(resource)
		if textOf(resource, "type") == terraformType && textOf(resource, "mode") != "data" {
			entries = append(entries, readResource(r, resource, fmt.Sprintf("%s.resources[%d]", at, i)))
		}
	}
	for i, child := range optionalList(r, fields["child_modules"].Value, at+".child_modules") {
		entries = append(entries, readModule(r, child, fmt.Sprintf("%s.child_modules[%d]", at, i), depth-1)...)
	}
	return entries
}

// readResource reads one instance of a resource. What a plan doesn't know yet, it leaves out.
func readResource(r *yamlfile.Reader, resource *yaml.Node, at string) entry {
	if address := textOf(resource, "address"); address != "" {
		at = address
	}
	values := valueOf(resource, "values")
	if values == nil {
		r.Fail(resource, at+".values", "missing")
		return entry{line: resource.Line}
	}
	e := readProfile(r, values, at, names{name: "fargate_profile_name", selectors: "selector", status: "status"})
	e.cluster.name = textOf(values, "cluster_name")
	return e
}

// optionalList is the items of a list that may be missing.
func optionalList(r *yamlfile.Reader, list *yaml.Node, at string) []*yaml.Node {
	if list == nil || yamlfile.IsNull(list) {
		return nil
	}
	return r.List(list, at)
}
