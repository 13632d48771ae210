package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestHostNamespaces(t *testing.T) {
	checkChange(t, HostNamespaces, func(p *corev1.Pod) {
		p.Spec.HostNetwork, p.Spec.HostPID, p.Spec.HostIPC = true, true, true
		// The API server itself sets host ports then: they are no second cause (S35).
		p.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
	}, finds("spec.hostNetwork, spec.hostPID, spec.hostIPC must not be true", "spec.hostNetwork", "spec.hostPID", "spec.hostIPC"))
}
