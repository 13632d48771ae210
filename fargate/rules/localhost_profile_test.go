package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestLocalhostProfile(t *testing.T) {
	const problem = "must not use a profile of type Localhost: nothing can put it on a Fargate node"
	file := "profiles/audit.json"
	seccomp := &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeLocalhost, LocalhostProfile: &file}
	appArmor := &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeLocalhost, LocalhostProfile: &file}
	checkChange(t, LocalhostProfile, func(p *corev1.Pod) {
		p.Spec.SecurityContext.SeccompProfile, p.Spec.SecurityContext.AppArmorProfile = seccomp, appArmor
	},
		finds("spec.securityContext.seccompProfile, spec.securityContext.appArmorProfile "+problem, "spec.securityContext.seccompProfile.type", "spec.securityContext.appArmorProfile.type"))
	checkChange(t, LocalhostProfile, func(p *corev1.Pod) {
		p.Spec.Containers[0].SecurityContext.SeccompProfile, p.Spec.Containers[0].SecurityContext.AppArmorProfile = seccomp, appArmor
	}, finds(`container "app" (seccompProfile, appArmorProfile) `+problem, "spec.containers[0].securityContext.seccompProfile.type", "spec.containers[0].securityContext.appArmorProfile.type"))
	annotated := func(profile string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Annotations = map[string]string{appArmorAnnotation + "app": profile} }
	}
	checkChange(t, LocalhostProfile, annotated("localhost/deny-write"), finds(`container "app" (AppArmor) `+problem, "metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]"))
	checkChange(t, LocalhostProfile, annotated("runtime/default"))
}
