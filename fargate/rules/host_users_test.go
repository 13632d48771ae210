package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestHostUsers(t *testing.T) {
	checkChange(t, HostUsers, func(p *corev1.Pod) { p.Spec.HostUsers = new(false) },
		finds("spec.hostUsers (false) asks for a user namespace, which the kernel of Fargate nodes doesn't make: the pod will probably not start", "spec.hostUsers"))
	checkChange(t, HostUsers, func(p *corev1.Pod) { p.Spec.HostUsers = new(true) })
}
