package file

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/manifest"
)

const clusterConfigKind = "ClusterConfig"

// eksctlNames returns the fields of a profile in a ClusterConfig and in the output of eksctl
// (F9.2).
func eksctlNames() manifest.Names {
	return manifest.Names{Name: "name", Selectors: "selectors", Status: "status"}
}

func isClusterConfig(document *yaml.Node) bool {
	return manifest.IsObject(document, "eksctl.io", clusterConfigKind)
}

// readClusterConfig reads the fargateProfiles of a ClusterConfig (F9.2) and ignores everything
// else.
func readClusterConfig(r *yamlfile.Reader, config *yaml.Node, at string) []entry {
	fields := r.Fields(config, yamlfile.Join(at, clusterConfigKind))
	at = yamlfile.Join(at, "fargateProfiles")
	list, present := fields["fargateProfiles"]
	if !present || yamlfile.IsNull(list.Value) {
		r.Fail(config, at, "missing: list the Fargate profiles of the cluster, or write [] if it has none")
		return nil
	}
	entries := readEach(r, list.Value, at, eksctlNames())
	for i := range entries {
		entries[i].cluster.name = manifest.Text(manifest.Value(config, "metadata"), "name")
	}
	return entries
}

// readEach reads a list of profiles with the field names n.
func readEach(r *yamlfile.Reader, list *yaml.Node, at string, n manifest.Names) []entry {
	var entries []entry
	for i, item := range r.List(list, at) {
		entries = append(entries, entry{Profile: manifest.Read(r, item, fmt.Sprintf("%s[%d]", at, i), n, profiles.StatusActive)})
	}
	return entries
}
