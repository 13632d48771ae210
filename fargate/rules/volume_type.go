package rules

import (
	"fmt"
	"slices"
	"strings"

	"fargate-webhook/fargate/volume"
	"fargate-webhook/policy"
)

// mountedVolumeTypes are the types of volume that Fargate mounts (F4.20, S14).
var mountedVolumeTypes = []string{"emptyDir", "secret", "configMap", "projected", "downwardAPI", "nfs", "persistentVolumeClaim"}

// VolumeType is about a volume of a type that Fargate doesn't mount (F4.10). Whether a claim can be
// mounted is for rule persistent-volume. A policy may allow more types, and inline csi volumes of
// some drivers (F4.21). A type that is newer than our copy of the API looks like no type, and is
// accepted.
var VolumeType = &Rule{
	ID:       "volume-type",
	Default:  policy.Deny,
	Severity: High,
	Title:    "a volume has a type that Fargate doesn't mount",
	What: "spec.volumes may contain " + strings.Join(mountedVolumeTypes, ", ") + ", the types in the policy's allowedVolumeTypes, and inline csi volumes of " +
		"the drivers in its allowedVolumeDrivers.",
	Why: "Fargate has no disks of yours, no host paths and no nodes to run a storage driver on. The one driver that is built in is for Amazon EFS, through a " +
		"persistentVolumeClaim. The pod stays Pending with the event “Pod not supported on Fargate: volumes not supported: NAME is of an unsupported " +
		"volume Type”.",
	Fix: "use an emptyDir for scratch space, a configMap or secret for files, or nfs or a persistentVolumeClaim bound to Amazon EFS for data that must last",
	References: []string{
		GuideConsiderations,
		"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/1179",
		"https://github.com/aws/containers-roadmap/issues/1764",
		"https://github.com/cert-manager/csi-driver/issues/267",
		podValidator,
	},
	Facts: []string{"F4.10", "F4.20", "F4.21"},
	Check: Check{Pod: volumeTypes},
}

func volumeTypes(p *Pod) []Violation {
	var found []Violation
	replaced := p.replacedVolumes()
	for i := range p.Spec.Volumes {
		v := &p.Spec.Volumes[i]
		source := volume.Source(&v.VolumeSource)
		if source == "" || replaced[v.Name] || slices.Contains(mountedVolumeTypes, source) || slices.Contains(p.Settings.AllowedVolumeTypes, source) {
			continue
		}
		value := source
		if v.CSI != nil {
			if slices.Contains(p.Settings.AllowedVolumeDrivers, v.CSI.Driver) {
				continue
			}
			value = fmt.Sprintf("inline csi, driver %s", v.CSI.Driver)
		}
		found = Keep(found, Violation{
			Subject: Subject{Kind: "volume", Name: v.Name}, Value: value, Field: fmt.Sprintf("spec.volumes[%d].%s", i, source),
			Problem: "must be of a type that Fargate mounts",
		})
	}
	return found
}
