package file

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
)

const clusterConfigKind = "ClusterConfig"

// eksctlNames are the fields of a profile in a ClusterConfig, and in what eksctl prints (F9.2).
func eksctlNames() names { return names{name: "name", selectors: "selectors", status: "status"} }

func isClusterConfig(document *yaml.Node) bool {
	return ofKind(document, "eksctl.io", clusterConfigKind)
}

// readClusterConfig reads the fargateProfiles of a ClusterConfig (F9.2) and leaves the rest of it alone.
func readClusterConfig(r *yamlfile.Reader, config *yaml.Node, at string) []entry {
	fields := r.Fields(config, yamlfile.Join(at, clusterConfigKind))
	at = yamlfile.Join(at, "fargateProfiles")
	list, present := fields["fargateProfiles"]
	if !present || yamlfile.IsNull(list.Value) {
		r.Fail(config, at, "missing: list the Fargate profiles of the cluster here, or [] if there are none")
		return nil
	}
	entries := readEach(r, list.Value, at, eksctlNames())
	for i := range entries {
		entries[i].cluster.name = textOf(valueOf(config, "metadata"), "name")
	}
	return entries
}

// readEach reads a list of profiles.
func readEach(r *yamlfile.Reader, list *yaml.Node, at string, n names) []entry {
	var entries []entry
	for i, item := range r.List(list, at) {
		entries = append(entries, readProfile(r, item, fmt.Sprintf("%s[%d]", at, i), n))
	}
	return entries
}
