package rules

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/policy"
)

// LocalhostProfile is about a seccomp or AppArmor profile of type Localhost: a file, or a loaded
// profile, of the node. Nobody can put either on a Fargate node (F4.34), so the containers never
// start. RuntimeDefault is fine (F4.22).
var LocalhostProfile = &Rule{
	ID:       "localhost-profile",
	Default:  policy.Warn,
	Severity: High,
	Title:    "a seccomp or AppArmor profile of the node is missing on Fargate",
	What: "securityContext.seccompProfile.type and securityContext.appArmorProfile.type, of the pod and of each container, should not be Localhost, nor should the annotations " +
		appArmorAnnotation + "CONTAINER begin with localhost/. RuntimeDefault and Unconfined are not checked.",
	Why: "A profile of type Localhost is a file on the node, or one that was loaded into its kernel. A Fargate node is made for one pod, and nothing can prepare it: DaemonSets " +
		"and host paths don't exist there. The kubelet can't start a container whose profile it doesn't find.",
	Fix: "use type: RuntimeDefault, or run the pod on EC2 nodes",
	References: []string{
		"Kubernetes documentation, “Restrict a Container's Syscalls with seccomp” and “Restrict a Container's Access to Resources with AppArmor”",
		GuideConsiderations,
	},
	Facts: []string{"F4.22", "F4.34"},
	Check: Check{Pod: localhostProfile},
}

// appArmorAnnotation and the name of a container make the older form of its AppArmor profile.
const appArmorAnnotation = corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix

func localhostProfile(p *Pod) []Violation {
	const problem = "must not use a profile of type Localhost: nothing can put it on a Fargate node"
	var found []Violation
	if context := p.Spec.SecurityContext; context != nil {
		for _, kind := range localhostKinds(context.SeccompProfile, context.AppArmorProfile) {
			path := "spec.securityContext." + kind
			found = Keep(found, Violation{Subject: FieldSubject(path), Field: path + ".type", Problem: problem})
		}
	}
	for c := range p.containers() {
		if context := c.SecurityContext; context != nil {
			for _, kind := range localhostKinds(context.SeccompProfile, context.AppArmorProfile) {
				found = Keep(found, c.violation(fmt.Sprintf("securityContext.%s.type", kind), kind, problem))
			}
		}
		if strings.HasPrefix(p.Meta.Annotations[appArmorAnnotation+c.Name], corev1.DeprecatedAppArmorBetaProfileNamePrefix) {
			// What makes pods is known without this annotation, so it decides nothing.
			found = Keep(found, Violation{Subject: c.subject(), Value: "AppArmor", Field: AnnotationField(appArmorAnnotation + c.Name), Problem: problem, WarnOnly: true})
		}
	}
	return found
}

// localhostKinds returns the fields of the profiles that are of type Localhost.
func localhostKinds(seccomp *corev1.SeccompProfile, appArmor *corev1.AppArmorProfile) (kinds []string) {
	if seccomp != nil && seccomp.Type == corev1.SeccompProfileTypeLocalhost {
		kinds = append(kinds, "seccompProfile")
	}
	if appArmor != nil && appArmor.Type == corev1.AppArmorProfileTypeLocalhost {
		kinds = append(kinds, "appArmorProfile")
	}
	return kinds
}
