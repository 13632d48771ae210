package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPrivilegeEscalation(t *testing.T) {
	yes, no := true, false
	checkChange(t, PrivilegeEscalation, func(p *corev1.Pod) {
		p.Spec.Containers = []corev1.Container{
			{Name: "a", SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: &yes}},
			{Name: "b", SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: &no}},
			{Name: "c", SecurityContext: &corev1.SecurityContext{}}, // S13
		}
	}, finds(`container "a" must not set allowPrivilegeEscalation to true`, "spec.containers[0].securityContext.allowPrivilegeEscalation"))
}
