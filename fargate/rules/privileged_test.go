package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPrivileged(t *testing.T) {
	yes := true
	is := &corev1.SecurityContext{Privileged: &yes}
	checkChange(t, Privileged, func(p *corev1.Pod) {
		p.Spec.InitContainers = []corev1.Container{{Name: "setup", SecurityContext: is}}
		p.Spec.Containers = []corev1.Container{{Name: "app"}, {Name: "agent", SecurityContext: is}}
		p.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug", SecurityContext: is}}}
	}, finds(`init container "setup", container "agent", ephemeral container "debug" must not be privileged`,
		"spec.initContainers[0].securityContext.privileged",
		"spec.containers[1].securityContext.privileged",
		"spec.ephemeralContainers[0].securityContext.privileged",
	))
}
