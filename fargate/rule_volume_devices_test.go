package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestVolumeDevices(t *testing.T) {
	checkTold(t, RuleVolumeDevices, func(p *corev1.Pod) {
		p.Spec.Containers[0].VolumeDevices = []corev1.VolumeDevice{{Name: "disk", DevicePath: "/dev/xvda"}}
	}, `spec.containers[0].volumeDevices[0]: container "app": volumeDevice "disk" is used at "/dev/xvda"`)
}
