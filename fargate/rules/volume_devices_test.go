package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestVolumeDevices(t *testing.T) {
	checkChange(t, VolumeDevices, func(p *corev1.Pod) {
		p.Spec.Containers[0].VolumeDevices = []corev1.VolumeDevice{{Name: "disk", DevicePath: "/dev/xvda"}}
	}, finds(`container "app" (disk at /dev/xvda) must not use raw block devices`, "spec.containers[0].volumeDevices[0]"))
}
