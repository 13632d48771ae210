package file

import (
	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
)

func isACK(document *yaml.Node) bool {
	return ofKind(document, "eks.services.k8s.aws", "FargateProfile")
}

// readACK reads a FargateProfile of AWS Controllers for Kubernetes (F9.4). One that EKS hasn't been asked for yet has no status, and counts
// as ACTIVE like any that a file is about.
func readACK(r *yamlfile.Reader, object *yaml.Node, at string) []entry {
	fields := r.Fields(object, yamlfile.Join(at, "FargateProfile"))
	e, spec := readSpec(r, object, fields, at, "name")
	if status := fields["status"].Value; status != nil && !yamlfile.IsNull(status) {
		at = yamlfile.Join(at, "status")
		e.Status = readStatus(r, r.Fields(status, at)["status"].Value, at+".status")
	}
	e.cluster.name = textOf(spec, "clusterName")
	if e.cluster.name == "" {
		e.cluster = cluster{name: textOf(valueOf(valueOf(spec, "clusterRef"), "from"), "name"), alias: true}
	}
	return []entry{e}
}

func isCAPA(document *yaml.Node) bool {
	return ofKind(document, "infrastructure.cluster.x-k8s.io", "AWSFargateProfile")
}

// readCAPA reads an AWSFargateProfile of the Cluster API provider for AWS (F9.6). Its status doesn't say what EKS does. The cluster is one of
// the Cluster API, whose name in EKS may be another.
func readCAPA(r *yamlfile.Reader, object *yaml.Node, at string) []entry {
	e, spec := readSpec(r, object, r.Fields(object, yamlfile.Join(at, "AWSFargateProfile")), at, "profileName")
	e.cluster = cluster{name: textOf(spec, "clusterName"), alias: true}
	return []entry{e}
}

// readSpec reads the profile that is the spec of an object, and returns the spec, too.
func readSpec(r *yamlfile.Reader, object *yaml.Node, fields yamlfile.Fields, at, name string) (entry, *yaml.Node) {
	at = yamlfile.Join(at, "spec")
	spec := fields["spec"].Value
	if spec == nil || yamlfile.IsNull(spec) {
		r.Fail(object, at, "missing")
		return entry{line: object.Line}, nil
	}
	return readProfile(r, spec, at, names{name: name, selectors: "selectors"}), yamlfile.Resolve(spec)
}
