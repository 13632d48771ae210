package fargate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const (
	// efsDriver is the CSI driver that Fargate's nodes have built in (F4.21).
	efsDriver = "efs.csi.aws.com"

	remedyEBS = "keep the data on EFS, or run the pod on EC2 nodes: Fargate mounts no EBS volumes"
)

// mountsDriver reports whether Fargate mounts volumes of a CSI driver. The policy may
// add to those that are known, since AWS may (F4.21).
func (s *subject) mountsDriver(driver string) bool {
	return driver == efsDriver || slices.Contains(s.settings.AllowedVolumeDrivers, driver)
}

// mountedDrivers lists the drivers whose volumes Fargate mounts.
func (s *subject) mountedDrivers() string {
	return strings.Join(append([]string{efsDriver}, s.settings.AllowedVolumeDrivers...), " and ")
}

// volume judges the volume that a claim is bound to, or waits for.
func (s *subject) volume(name string, bound bool) *claimProblem {
	lead := fmt.Sprintf("is bound to volume %q", name)
	if !bound {
		lead = fmt.Sprintf("waits for volume %q", name)
	}
	volume, err := s.request.Cluster.PersistentVolume(name)
	if err != nil {
		return lookUpProblem(err, lead+", which ", claimProblem{text: lead + ", which does not exist", passing: !bound})
	}
	kind, source := "type", sourceKind(&volume.Spec.PersistentVolumeSource)
	if csi := volume.Spec.CSI; csi != nil {
		if s.mountsDriver(csi.Driver) {
			return nil
		}
		kind, source = "driver", csi.Driver
	}
	return &claimProblem{text: fmt.Sprintf("%s of %s %s, and Fargate mounts %s only", lead, kind, source, s.mountedDrivers()), remedy: remedyFor(source)}
}

// remedyFor is the remedy for volumes of a driver, of a kind in a
// PersistentVolume or of a provisioner, empty where the rule's own does.
func remedyFor(source string) string {
	switch source {
	case "ebs.csi.aws.com", "awsElasticBlockStore", "kubernetes.io/aws-ebs":
		return remedyEBS
	}
	return ""
}

// sourceKind is the field that is set in a PersistentVolume: "hostPath".
func sourceKind(source *corev1.PersistentVolumeSource) string {
	for field, value := range reflect.ValueOf(*source).Fields() {
		if !value.IsNil() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			return name
		}
	}
	return "unknown"
}
