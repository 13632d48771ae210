package fargate

import "fmt"

// RuleVolumeDevices is about volumeDevices of a container: raw block devices,
// of which Fargate has none (F4.14). Only an empty list is all right.
const RuleVolumeDevices RuleID = "volume-devices"

func ruleVolumeDevices() Rule {
	return Rule{
		ID:      RuleVolumeDevices,
		Default: ActionDeny,
		Title:   "a container uses a raw block device",
		What:    "volumeDevices must be absent, in init containers, sidecars, containers and ephemeral containers.",
		Why: "Fargate attaches no disks: what lasts is on Amazon EFS, which has files and no blocks. The pod stays Pending with the event " +
			"“Pod not supported on Fargate: volumeDevices not supported”.",
		Sources: []string{podValidator, guideConsiderations},
		Remedy:  "mount a file system instead: volumeMounts of a persistentVolumeClaim bound to Amazon EFS",
		pod:     volumeDevices,
	}
}

func volumeDevices(s *subject) []Finding {
	var found []Finding
	for c := range s.containers() {
		for i := range c.VolumeDevices {
			d := &c.VolumeDevices[i]
			found = append(found, c.finding(fmt.Sprintf("volumeDevices[%d]", i), fmt.Sprintf("volumeDevice %q is used at %q", d.Name, d.DevicePath)))
		}
	}
	return found
}
