package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestKubeletPort(t *testing.T) {
	checkTold(t, RuleKubeletPort, func(p *corev1.Pod) {
		p.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80}, {ContainerPort: 10250, Protocol: corev1.ProtocolTCP}}
	}, `spec.containers[0].ports[1].containerPort: container "app": containerPort 10250 is kubelet's on Fargate`)
}
