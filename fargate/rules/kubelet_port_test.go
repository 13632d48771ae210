package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestKubeletPort(t *testing.T) {
	checkChange(t, KubeletPort, func(p *corev1.Pod) {
		p.Spec.Containers[0].Ports = []corev1.ContainerPort{
			{ContainerPort: 80}, {ContainerPort: 10250, Protocol: corev1.ProtocolTCP}, {ContainerPort: 10250, Protocol: corev1.ProtocolUDP},
		}
	}, finds(`container "app" must not listen on port 10250: on Fargate the kubelet does`, "spec.containers[0].ports[1].containerPort"))
}
