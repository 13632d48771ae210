package fargate

import (
	"fmt"
	"slices"
)

// RuleVolumeType is about a volume of a type that Fargate doesn't mount
// (F4.10): all but emptyDir, secret, configMap, projected, downwardAPI, nfs
// and persistentVolumeClaim (F4.20, S14). Whether a claim is all right is for
// rule persistent-volume. A policy may allow further types, and inline csi
// volumes of certain drivers (F4.21). A type that is newer than what this
// program knows looks like none at all, and is let be.
const RuleVolumeType RuleID = "volume-type"

func ruleVolumeType() Rule {
	return Rule{
		ID:      RuleVolumeType,
		Default: ActionDeny,
		Title:   "a volume is of a type that Fargate doesn't mount",
		What: "spec.volumes may hold emptyDir, secret, configMap, projected, downwardAPI, nfs and persistentVolumeClaim, what the policy's " +
			"allowedVolumeTypes holds, and inline csi volumes of the drivers in its allowedVolumeDrivers.",
		Why: "Fargate has no disks of yours, no host paths and no nodes on which a storage driver could run: of drivers only that for " +
			"Amazon EFS is built in, by a persistentVolumeClaim. The pod stays Pending with the event “Pod not supported on Fargate: " +
			"volumes not supported: NAME is of an unsupported volume Type”.",
		Sources: []string{
			guideConsiderations,
			"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/1179",
			"https://github.com/aws/containers-roadmap/issues/1764",
			"https://github.com/cert-manager/csi-driver/issues/267",
			podValidator,
		},
		Remedy: "use an emptyDir for scratch space, a configMap or secret for files, or a persistentVolumeClaim bound to Amazon EFS for what has to last",
		pod:    volumeTypes,
	}
}

func volumeTypes(s *subject) []Finding {
	var found []Finding
	for i := range s.spec.Volumes {
		v := &s.spec.Volumes[i]
		kind := volumeType(&v.VolumeSource)
		if kind == "" || s.settings.mounts(kind) {
			continue
		}
		message := fmt.Sprintf("volume %q is of type %s", v.Name, kind)
		if v.CSI != nil {
			if slices.Contains(s.settings.AllowedVolumeDrivers, v.CSI.Driver) {
				continue
			}
			message = fmt.Sprintf("volume %q is an inline csi volume of driver %q", v.Name, v.CSI.Driver)
		}
		found = append(found, Finding{Field: fmt.Sprintf("spec.volumes[%d].%s", i, kind), Message: message, subject: v.Name})
	}
	return found
}

// mounts reports whether volumes of a type may be used.
func (s *Settings) mounts(kind string) bool {
	switch kind {
	case "emptyDir", "secret", "configMap", "projected", "downwardAPI", "nfs", "persistentVolumeClaim":
		return true
	}
	return slices.Contains(s.AllowedVolumeTypes, kind)
}
