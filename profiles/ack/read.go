package ack

import (
	"strings"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/manifest"
)

// read reads a FargateProfile object, and the name of the EKS cluster that it belongs to: "" if
// only EKS could tell, and EKS has no such profile yet. name identifies the object in errors.
//
// A profile for which the controller has written no status is CREATING: EKS may not have it yet,
// and only an ACTIVE profile takes pods (F1.9, S6).
func read(name string, object map[string]any) (profile profiles.Profile, cluster string, err error) {
	r := &yamlfile.Reader{Path: name}
	node := yamlfile.FromValue(object)
	ack := manifest.ReadACK(r, node, "", profiles.StatusCreating)
	cluster = ack.ClusterName
	if cluster == "" {
		const at = "spec.clusterName"
		var valid bool
		switch cluster, valid = clusterOf(ack.ARN); {
		case valid:
		case ack.ARN != "":
			r.Fail(node, "status.ackResourceMetadata.arn", "must be the ARN of a Fargate profile, not %q", ack.ARN)
		case !ack.HasClusterRef:
			r.Fail(node, at, "missing: set it, or refer to the Cluster object in spec.clusterRef")
		case ack.Status == profiles.StatusActive:
			r.Fail(node, at, "missing, and an ACTIVE profile without status.ackResourceMetadata.arn can't be matched to a cluster: set it")
		}
	}
	return ack.Profile.Profile, cluster, r.Err()
}

// clusterOf returns the cluster in the ARN of a profile,
// arn:aws:eks:REGION:ACCOUNT:fargateprofile/CLUSTER/PROFILE/ID. It is how an object with
// spec.clusterRef is matched to a cluster: the webhook has no right to read the object that it
// refers to.
func clusterOf(arn string) (cluster string, valid bool) {
	parts := strings.SplitN(arn, ":", 6)
	path := strings.Split(parts[len(parts)-1], "/")
	if len(parts) == 6 && len(path) == 4 && path[0] == "fargateprofile" {
		return path[1], true
	}
	return "", false
}
