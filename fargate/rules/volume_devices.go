package rules

import (
	"fmt"

	"fargate-webhook/policy"
)

// VolumeDevices is about volumeDevices of a container: Fargate has no raw block devices (F4.14).
var VolumeDevices = &Rule{
	ID:       "volume-devices",
	Default:  policy.Deny,
	Severity: High,
	Title:    "a container uses a raw block device",
	What:     "volumeDevices must be absent, in init containers, sidecars, containers and ephemeral containers.",
	Why: "Fargate attaches no disks, and Amazon EFS has files and no blocks. The pod stays Pending with the event “Pod not supported on Fargate: " +
		"volumeDevices not supported”.",
	Fix:        "mount a file system instead: volumeMounts of a persistentVolumeClaim bound to Amazon EFS",
	References: []string{podValidator, GuideConsiderations},
	Facts:      []string{"F4.14"},
	Check:      Check{Pod: volumeDevices},
}

func volumeDevices(p *Pod) []Violation {
	var found []Violation
	for c := range p.containers() {
		for i := range c.VolumeDevices {
			d := &c.VolumeDevices[i]
			found = Keep(found, c.violation(fmt.Sprintf("volumeDevices[%d]", i), fmt.Sprintf("%s at %s", d.Name, d.DevicePath), "must not use raw block devices"))
		}
	}
	return found
}
