package file

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/profiles"
)

// readClusterConfig reads the fargateProfiles of a ClusterConfig (F9.2) and leaves the rest of it alone.
func readClusterConfig(r *reader, config *yaml.Node) []profiles.Profile {
	const at = "fargateProfiles"
	fields := r.fields(config, clusterConfigKind)
	node, present := fields[at]
	if !present || isNull(node) {
		r.fail(config, at, "missing: list the Fargate profiles of the cluster here, or [] if there are none")
		return nil
	}
	items := r.list(node, at)
	list := make([]profiles.Profile, 0, len(items))
	lines := map[string]int{}
	for i, item := range items {
		field := fmt.Sprintf("%s[%d]", at, i)
		profile := readProfile(r, item, field)
		if first, taken := lines[profile.Name]; taken && profile.Name != "" {
			r.fail(item, field+".name", "%q is the name of the profile in line %d already: rename one of them", profile.Name, first)
		} else {
			lines[profile.Name] = item.Line
		}
		list = append(list, profile)
	}
	return list
}

// readProfile reads one profile. Fields that say nothing of what it selects are left alone.
func readProfile(r *reader, node *yaml.Node, at string) profiles.Profile {
	fields := r.fields(node, at)
	if fields == nil {
		return profiles.Profile{}
	}
	profile := profiles.Profile{
		Name:   r.required(node, fields, at, "name"),
		Status: readStatus(r, fields["status"], at+".status"),
	}
	at += ".selectors"
	selectors, present := fields["selectors"]
	if !present || isNull(selectors) {
		r.fail(node, at, "missing: a profile needs at least one selector")
		return profile
	}
	items := r.list(selectors, at)
	if selectors = resolve(selectors); selectors.Kind == yaml.SequenceNode && len(items) == 0 {
		r.fail(selectors, at, "empty: a profile needs at least one selector")
	}
	for i, item := range items {
		profile.Selectors = append(profile.Selectors, readSelector(r, item, fmt.Sprintf("%s[%d]", at, i)))
	}
	return profile
}

// readStatus reads a profile's status. A file says what there is to be, so that a profile without a status counts as ACTIVE.
func readStatus(r *reader, node *yaml.Node, at string) profiles.Status {
	if node == nil || isNull(node) {
		return profiles.StatusActive
	}
	text, ok := r.text(node, at)
	status := profiles.Status(text)
	switch {
	case !ok:
		return ""
	case text == "":
		return profiles.StatusActive
	case !slices.Contains([]profiles.Status{profiles.StatusCreating, profiles.StatusActive, profiles.StatusDeleting,
		profiles.StatusCreateFailed, profiles.StatusDeleteFailed}, status):
		r.fail(node, at, "%q is no status: want CREATING, ACTIVE, DELETING, CREATE_FAILED or DELETE_FAILED, or leave it out", text)
	}
	return status
}

// readSelector reads one selector. Here an unknown field is an error: a misspelt `labels` passed over would select every pod of the
// namespace.
func readSelector(r *reader, node *yaml.Node, at string) profiles.Selector {
	fields := r.fields(node, at)
	if fields == nil {
		return profiles.Selector{}
	}
	for _, name := range sortedKeys(fields) {
		if name != "namespace" && name != "labels" {
			r.fail(fields[name], at+"."+name, "not a field of a selector: want namespace and labels")
		}
	}
	selector := profiles.Selector{Namespace: r.required(node, fields, at, "namespace")}
	labels, present := fields["labels"]
	if !present || isNull(labels) {
		return selector
	}
	at += ".labels"
	values := r.fields(labels, at)
	selector.Labels = make(map[string]string, len(values))
	for _, key := range sortedKeys(values) {
		field := fmt.Sprintf("%s[%q]", at, key)
		if key == "" {
			r.fail(values[key], field, "a label needs a key")
		}
		if value, ok := r.text(values[key], field); ok {
			selector.Labels[key] = value
		}
	}
	return selector
}
