package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestHostNamespaces(t *testing.T) {
	checkTold(t, RuleHostNamespaces, func(p *corev1.Pod) {
		p.Spec.HostNetwork, p.Spec.HostPID, p.Spec.HostIPC = true, true, true
		// S35: the API server's own doing is no second cause.
		p.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
	}, "spec.hostNetwork: hostNetwork is true", "spec.hostPID: hostPID is true", "spec.hostIPC: hostIPC is true")
}
