package file

import (
	"fmt"

	"fargate-webhook/profiles/manifest"
)

// cluster identifies the cluster of a profile as its document does. The zero cluster is unknown.
type cluster struct {
	name string
	// alias means that name is not the name of the EKS cluster but of a template's resource or a
	// Kubernetes object for it.
	alias bool
}

// entry is a profile and the file that it comes from.
type entry struct {
	manifest.Profile
	cluster cluster
	path    string
}

// place returns the file and line of the profile.
func (e *entry) place() string { return fmt.Sprintf("%s:%d", e.path, e.Line) }

// checkNames returns an error for each profile with the name of an earlier one.
func checkNames(entries []entry) []error {
	var errs []error
	first := map[string]*entry{}
	for i := range entries {
		e := &entries[i]
		if e.Name == "" { // already reported
			continue
		}
		if earlier, taken := first[e.Name]; taken {
			errs = append(errs, fmt.Errorf("%s: %s: %q is also the name of the profile at %s: remove one of the two", e.place(), e.Field, e.Name, earlier.place()))
			continue
		}
		first[e.Name] = e
	}
	return errs
}

// checkClusters returns an error if the profiles belong to several clusters. Aliases of clusters
// are compared within a file only.
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
			return []error{fmt.Errorf("%s: profile %q belongs to cluster %q, but the profile at %s belongs to cluster %q: "+
				"all profiles must belong to one cluster; remove the others", e.place(), e.Name, e.cluster.name, earlier.place(), earlier.cluster.name)}
		}
	}
	return nil
}
