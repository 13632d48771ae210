package rules

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/volume"
)

const (
	// efsDriver is the CSI driver that is built into Fargate nodes (F4.21).
	efsDriver = "efs.csi.aws.com"

	fixEBS = "keep the data on EFS, or run the pod on EC2 nodes: Fargate mounts no EBS volumes"
)

// mountsDriver reports whether Fargate mounts volumes of a CSI driver. The policy may add to the
// known ones, since AWS may (F4.21).
func (p *Pod) mountsDriver(driver string) bool {
	return driver == efsDriver || slices.Contains(p.Settings.AllowedVolumeDrivers, driver)
}

// mountedDrivers lists the drivers whose volumes Fargate mounts.
func (p *Pod) mountedDrivers() string {
	return strings.Join(append([]string{efsDriver}, p.Settings.AllowedVolumeDrivers...), " and ")
}

// volumeProblem returns what is wrong with the volume that a claim is bound to, or waits for.
func (p *Pod) volumeProblem(name string, bound bool) *problem {
	lead := fmt.Sprintf("is bound to volume %q", name)
	if !bound {
		lead = fmt.Sprintf("waits for volume %q", name)
	}
	v, err := cluster.Get[*corev1.PersistentVolume](p.Cluster, cluster.PersistentVolumes, "", name)
	if err != nil {
		return lookUpProblem(err, lead+", which ", problem{text: lead + ", which does not exist", passing: !bound})
	}
	kind, source := "type", volume.PersistentSource(&v.Spec.PersistentVolumeSource)
	if csi := v.Spec.CSI; csi != nil {
		if p.mountsDriver(csi.Driver) {
			return nil
		}
		kind, source = "driver", csi.Driver
	}
	return &problem{text: fmt.Sprintf("%s of %s %s; Fargate mounts only %s", lead, kind, source, p.mountedDrivers()), fix: fixFor(source)}
}

// fixFor returns the fix for volumes of a driver, a PersistentVolume's type or a provisioner, ""
// where the rule's own applies.
func fixFor(source string) string {
	switch source {
	case "ebs.csi.aws.com", "awsElasticBlockStore", "kubernetes.io/aws-ebs":
		return fixEBS
	}
	return ""
}
