package manifest

import (
	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// ACKGroup and ACKKind identify the FargateProfile objects of AWS Controllers for Kubernetes
// (F9.4).
const (
	ACKGroup = "eks.services.k8s.aws"
	ACKKind  = "FargateProfile"
)

// ACK is a FargateProfile object of AWS Controllers for Kubernetes.
type ACK struct {
	Profile
	// ClusterName is spec.clusterName: the name of the EKS cluster. It is empty in an object with
	// ClusterRef.
	ClusterName string
	// ClusterRef is the name of the Cluster object in spec.clusterRef. HasClusterRef reports
	// whether there is a reference at all.
	ClusterRef    string
	HasClusterRef bool
	// ARN is that of the profile: empty until EKS has created it.
	ARN string
}

// ReadACK reads a FargateProfile object (F9.4). otherwise is the status of an object for which the
// controller has written none. It adds errors to r.
func ReadACK(r *yamlfile.Reader, object *yaml.Node, at string, otherwise profiles.Status) ACK {
	profile, spec := ReadSpec(r, object, at, "name", otherwise)
	ack := ACK{
		Profile:       profile,
		ClusterName:   Text(spec, "clusterName"),
		ClusterRef:    Text(Value(Value(spec, "clusterRef"), "from"), "name"),
		HasClusterRef: Value(spec, "clusterRef") != nil,
	}
	if status := r.Fields(object, at)["status"].Value; status != nil && !yamlfile.IsNull(status) {
		at = yamlfile.Join(at, "status")
		ack.Status = readStatus(r, r.Fields(status, at)["status"].Value, at+".status", otherwise)
		ack.ARN = Text(Value(yamlfile.Resolve(status), "ackResourceMetadata"), "arn")
	}
	return ack
}
