package file

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// cluster is the cluster of a profile as its document names it; the zero cluster is an unknown one.
type cluster struct {
	name string
	// alias is true when name isn't that of the EKS cluster but of what stands for it: a template's resource, a Kubernetes object.
	alias bool
}

// entry is a profile, and where it was found.
type entry struct {
	profiles.Profile
	cluster cluster
	path    string
	line    int
	field   string // of its name
}

// place is where the entry was found.
func (e *entry) place() string { return fmt.Sprintf("%s:%d", e.path, e.line) }

// checkNames returns an error for each profile that has the name of an earlier one.
func checkNames(entries []entry) []error {
	var errs []error
	first := map[string]*entry{}
	for i := range entries {
		e := &entries[i]
		if e.Name == "" { // an error already
			continue
		}
		if earlier, taken := first[e.Name]; taken {
			errs = append(errs, fmt.Errorf("%s: %s: %q is the name of the profile at %s already: keep one of them", e.place(), e.field, e.Name, earlier.place()))
			continue
		}
		first[e.Name] = e
	}
	return errs
}

// checkClusters returns an error if the profiles are those of several clusters. The names of what stands for a cluster mean something within
// their own file only.
func checkClusters(entries []entry) []error {
	first := map[string]*entry{}
	for i := range entries {
		e := &entries[i]
		if e.cluster.name == "" {
			continue
		}
		scope := ""
		if e.cluster.alias {
			scope = e.path
		}
		switch earlier := first[scope]; {
		case earlier == nil:
			first[scope] = e
		case earlier.cluster != e.cluster:
			return []error{fmt.Errorf("%s: the profile %q is of the cluster %q, but that at %s is of the cluster %q: "+
				"all profiles must be those of one cluster; leave out the others", e.place(), e.Name, e.cluster.name, earlier.place(), earlier.cluster.name)}
		}
	}
	return nil
}

// textOf returns the text of a mapping's field, or "" if there is none or it is no text. It is for what errors are not told of.
func textOf(mapping *yaml.Node, field string) string {
	if value := valueOf(mapping, field); value != nil && value.Kind == yaml.ScalarNode && !yamlfile.IsNull(value) {
		return value.Value
	}
	return ""
}

// valueOf returns a field of a mapping, or nil if there is none. Merged fields don't count.
func valueOf(mapping *yaml.Node, field string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == field {
			return yamlfile.Resolve(mapping.Content[i+1])
		}
	}
	return nil
}
