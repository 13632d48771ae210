package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestHostPort(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	ports := []corev1.ContainerPort{{ContainerPort: 80}, {ContainerPort: 8125, HostPort: 8125}, {ContainerPort: 81, HostIP: "127.0.0.1"}}
	checkChange(t, HostPort, func(p *corev1.Pod) {
		p.Spec.InitContainers = []corev1.Container{{Name: "setup", Ports: ports[1:2]}, {Name: "proxy", RestartPolicy: &always, Ports: ports[2:]}}
		p.Spec.Containers = []corev1.Container{{Name: "agent", Ports: ports}, {Name: "both", Ports: []corev1.ContainerPort{{HostPort: 1, HostIP: "::1"}}}}
	}, finds(`init container "setup" (hostPort 8125), sidecar container "proxy" (hostIP 127.0.0.1), `+
		`containers "agent" (hostPort 8125, hostIP 127.0.0.1), "both" (hostPort 1, hostIP ::1) must not use a port of the node`,
		"spec.initContainers[0].ports[0].hostPort",
		"spec.initContainers[1].ports[0].hostIP",
		"spec.containers[0].ports[1].hostPort",
		"spec.containers[0].ports[2].hostIP",
		"spec.containers[1].ports[0].hostPort",
	))
}
