package file

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// readClusterConfig reads the fargateProfiles of a ClusterConfig (F9.2) and leaves the rest of it alone.
func readClusterConfig(r *yamlfile.Reader, config *yaml.Node) []profiles.Profile {
	const at = "fargateProfiles"
	fields := r.Fields(config, clusterConfigKind)
	list, present := fields[at]
	if !present || yamlfile.IsNull(list.Value) {
		r.Fail(config, at, "missing: list the Fargate profiles of the cluster here, or [] if there are none")
		return nil
	}
	items := r.List(list.Value, at)
	found := make([]profiles.Profile, 0, len(items))
	lines := map[string]int{}
	for i, item := range items {
		field := fmt.Sprintf("%s[%d]", at, i)
		profile := readProfile(r, item, field)
		if first, taken := lines[profile.Name]; taken && profile.Name != "" {
			r.Fail(item, field+".name", "%q is the name of the profile in line %d already: rename one of them", profile.Name, first)
		} else {
			lines[profile.Name] = item.Line
		}
		found = append(found, profile)
	}
	return found
}

// readProfile reads one profile. Fields that say nothing of what it selects are left alone.
func readProfile(r *yamlfile.Reader, node *yaml.Node, at string) profiles.Profile {
	fields := r.Fields(node, at)
	if fields == nil {
		return profiles.Profile{}
	}
	profile := profiles.Profile{
		Name:   r.Required(node, fields, at, "name"),
		Status: readStatus(r, fields["status"].Value, at+".status"),
	}
	at += ".selectors"
	selectors := fields["selectors"].Value
	if selectors == nil || yamlfile.IsNull(selectors) {
		r.Fail(node, at, "missing: a profile needs at least one selector")
		return profile
	}
	items := r.List(selectors, at)
	if selectors = yamlfile.Resolve(selectors); selectors.Kind == yaml.SequenceNode && len(items) == 0 {
		r.Fail(selectors, at, "empty: a profile needs at least one selector")
	}
	for i, item := range items {
		profile.Selectors = append(profile.Selectors, readSelector(r, item, fmt.Sprintf("%s[%d]", at, i)))
	}
	return profile
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
