package file

import (
	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/manifest"
)

func isACK(document *yaml.Node) bool {
	return manifest.IsObject(document, manifest.ACKGroup, manifest.ACKKind)
}

// readACK reads a FargateProfile of AWS Controllers for Kubernetes (F9.4). One without a status
// counts as ACTIVE, as in every file.
func readACK(r *yamlfile.Reader, object *yaml.Node, at string) []entry {
	ack := manifest.ReadACK(r, object, at, profiles.StatusActive)
	e := entry{Profile: ack.Profile, cluster: cluster{name: ack.ClusterName}}
	if e.cluster.name == "" {
		e.cluster = cluster{name: ack.ClusterRef, alias: true}
	}
	return []entry{e}
}

func isCAPA(document *yaml.Node) bool {
	return manifest.IsObject(document, "infrastructure.cluster.x-k8s.io", "AWSFargateProfile")
}

// readCAPA reads an AWSFargateProfile of the Cluster API provider for AWS (F9.6). Its status says
// nothing of the profile's status in EKS. Its cluster is a Cluster object, whose EKS cluster may
// have another name.
func readCAPA(r *yamlfile.Reader, object *yaml.Node, at string) []entry {
	profile, spec := manifest.ReadSpec(r, object, at, "profileName", profiles.StatusActive)
	return []entry{{Profile: profile, cluster: cluster{name: manifest.Text(spec, "clusterName"), alias: true}}}
}
