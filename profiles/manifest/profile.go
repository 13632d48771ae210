// Package manifest reads the fields of a Fargate profile from YAML or JSON, as tools and
// controllers write them.
package manifest

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// statuses are those of the EKS API (F1.9).
var statuses = []profiles.Status{
	profiles.StatusCreating, profiles.StatusActive, profiles.StatusDeleting, profiles.StatusCreateFailed, profiles.StatusDeleteFailed,
}

// Profile is a Fargate profile and where its name stands.
type Profile struct {
	profiles.Profile
	// Line is the line of the name, or of the profile if the name is missing or comes from a YAML
	// merge.
	Line int
	// Field is the path of the name.
	Field string
}

// Names are the names of a profile's fields, which differ between formats. An empty Status means
// that the format has none.
type Names struct {
	Name, Selectors, Status string
}

// Read reads a profile from the fields of a mapping, and ignores fields that don't concern what it
// selects. otherwise is the status of a profile without one. It adds errors to r.
func Read(r *yamlfile.Reader, node *yaml.Node, at string, names Names, otherwise profiles.Status) Profile {
	fields := r.Fields(node, at)
	if fields == nil {
		return Profile{}
	}
	profile := profiles.Profile{
		Name:   r.Required(node, fields, at, names.Name),
		Status: readStatus(r, fields[names.Status].Value, yamlfile.Join(at, names.Status), otherwise),
	}
	profile.Selectors = readSelectors(r, node, fields[names.Selectors].Value, yamlfile.Join(at, names.Selectors))
	return Profile{Profile: profile, Line: lineOf(node, fields, names.Name), Field: yamlfile.Join(at, names.Name)}
}

// lineOf returns the line of a field, or that of its mapping if the field is missing or comes from
// a merge of an earlier anchor.
func lineOf(node *yaml.Node, fields yamlfile.Fields, name string) int {
	if field, present := fields[name]; present && field.Key.Line >= node.Line {
		return field.Key.Line
	}
	return node.Line
}

// readStatus reads a profile's status. It returns otherwise for a missing or empty one, and "" with
// an error for what is not a string.
func readStatus(r *yamlfile.Reader, node *yaml.Node, at string, otherwise profiles.Status) profiles.Status {
	if node == nil || yamlfile.IsNull(node) {
		return otherwise
	}
	text, ok := r.Text(node, at)
	status := profiles.Status(text)
	switch {
	case !ok:
		return ""
	case text == "":
		return otherwise
	case !slices.Contains(statuses, status):
		r.Fail(node, at, "must be %s, not %q", allowedStatuses(), text)
	}
	return status
}

func allowedStatuses() string {
	texts := make([]string, 0, len(statuses))
	for _, status := range statuses {
		texts = append(texts, string(status))
	}
	return yamlfile.Listed("or", texts...)
}

// readSelectors reads the selectors of a profile; list is nil if the field is missing.
func readSelectors(r *yamlfile.Reader, profile, list *yaml.Node, at string) []profiles.Selector {
	var selectors []profiles.Selector
	for i, item := range SelectorItems(r, profile, list, at) {
		selectors = append(selectors, readSelector(r, item, fmt.Sprintf("%s[%d]", at, i)))
	}
	return selectors
}

// SelectorItems returns the items of a list of selectors. A list that is missing (nil) or empty is
// an error.
func SelectorItems(r *yamlfile.Reader, profile, list *yaml.Node, at string) []*yaml.Node {
	if list == nil || yamlfile.IsNull(list) {
		r.Fail(profile, at, "missing: a profile must have at least one selector")
		return nil
	}
	items := r.List(list, at)
	if list = yamlfile.Resolve(list); list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
		r.Fail(list, at, "must not be empty: a profile must have at least one selector")
	}
	return items
}

// readSelector reads one selector. An unknown field is an error: without the field `labels`,
// perhaps misspelt, a selector selects every pod of the namespace.
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
			r.Fail(values[key].Key, field, "a label key must not be empty")
		}
		if value, ok := r.Text(values[key].Value, field); ok {
			selector.Labels[key] = value
		}
	}
	return selector
}

// IsObject reports whether a document is a Kubernetes object of the kind, in any version of the API
// group.
func IsObject(document *yaml.Node, group, kind string) bool {
	return Text(document, "kind") == kind && strings.HasPrefix(Text(document, "apiVersion"), group+"/")
}

// ReadSpec reads the profile in the spec of a Kubernetes object, and returns the spec too, nil if
// it is missing. name is the field of the profile's name.
func ReadSpec(r *yamlfile.Reader, object *yaml.Node, at, name string, otherwise profiles.Status) (Profile, *yaml.Node) {
	fields := r.Fields(object, at)
	at = yamlfile.Join(at, "spec")
	spec := fields["spec"].Value
	if spec == nil || yamlfile.IsNull(spec) {
		r.Fail(object, at, "missing")
		return Profile{Line: object.Line}, nil
	}
	return Read(r, spec, at, Names{Name: name, Selectors: "selectors"}, otherwise), yamlfile.Resolve(spec)
}
