package file

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// names are those of the fields of a profile, which differ from format to format.
type names struct {
	name, selectors, status string
}

// readProfile reads a profile whose fields stand together. Fields that say nothing of what it selects are left alone.
func readProfile(r *yamlfile.Reader, node *yaml.Node, at string, n names) entry {
	fields := r.Fields(node, at)
	if fields == nil {
		return entry{}
	}
	profile := profiles.Profile{
		Name:   r.Required(node, fields, at, n.name),
		Status: readStatus(r, fields[n.status].Value, yamlfile.Join(at, n.status)),
	}
	profile.Selectors = readSelectors(r, node, fields[n.selectors].Value, yamlfile.Join(at, n.selectors))
	return entry{Profile: profile, line: lineOf(node, fields, n.name), field: yamlfile.Join(at, n.name)}
}

// lineOf is the line of a profile's name, or of the profile if it has none there or got it by a merge.
func lineOf(node *yaml.Node, fields yamlfile.Fields, name string) int {
	if field, present := fields[name]; present && field.Key.Line >= node.Line {
		return field.Key.Line
	}
	return node.Line
}

// readStatus reads a profile's status. A file says what there is to be, so that a profile without a status counts as ACTIVE.
func readStatus(r *yamlfile.Reader, node *yaml.Node, at string) profiles.Status {
	if node == nil || yamlfile.IsNull(node) {
		return profiles.StatusActive
	}
	text, ok := r.Text(node, at)
	status := profiles.Status(text)
	switch {
	case !ok:
		return ""
	case text == "":
		return profiles.StatusActive
	case !slices.Contains([]profiles.Status{profiles.StatusCreating, profiles.StatusActive, profiles.StatusDeleting,
		profiles.StatusCreateFailed, profiles.StatusDeleteFailed}, status):
		r.Fail(node, at, "%q is no status: want CREATING, ACTIVE, DELETING, CREATE_FAILED or DELETE_FAILED, or leave it out", text)
	}
	return status
}

// readSelectors reads the selectors of a profile; list is nil if there are none.
func readSelectors(r *yamlfile.Reader, profile, list *yaml.Node, at string) []profiles.Selector {
	var selectors []profiles.Selector
	for i, item := range selectorItems(r, profile, list, at) {
		selectors = append(selectors, readSelector(r, item, fmt.Sprintf("%s[%d]", at, i)))
	}
	return selectors
}

// selectorItems are the items of a list of selectors, of which there must be some.
func selectorItems(r *yamlfile.Reader, profile, list *yaml.Node, at string) []*yaml.Node {
	if list == nil || yamlfile.IsNull(list) {
		r.Fail(profile, at, "missing: a profile needs at least one selector")
		return nil
	}
	items := r.List(list, at)
	if list = yamlfile.Resolve(list); list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
		r.Fail(list, at, "empty: a profile needs at least one selector")
	}
	return items
}

// readSelector reads one selector. Here an unknown field is an error: a misspelt `labels` passed over would select every pod of the
// namespace.
func readSelector(r *yamlfile.Reader, node *yaml.Node, at string) profiles.Selector {
	fields := r.Fields(node, at)
	if fields == nil {
		return profiles.Selector{}
	}
	r.Only(fields, at, "a selector", "namespace", "labels")
	selector := profiles.Selector{Namespace: r.Required(node, fields, at, "namespace")}
	labels := fields["labels"].Value
	if labels == nil || yamlfile.IsNull(labels) {
		return selector
	}
	at += ".labels"
	values := r.Fields(labels, at)
	selector.Labels = make(map[string]string, len(values))
	for _, key := range values.Names() {
		field := fmt.Sprintf("%s[%q]", at, key)
		if key == "" {
			r.Fail(values[key].Key, field, "a label needs a key")
		}
		if value, ok := r.Text(values[key].Value, field); ok {
			selector.Labels[key] = value
		}
	}
	return selector
}
