package lookups

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
)

// trimTemplate keeps the labels, and what decides where the pods run. Labels that equal the
// selector's, as those of a Deployment's ReplicaSets most often do, are kept once.
func trimTemplate(template *corev1.PodTemplateSpec, selector *metav1.LabelSelector) corev1.PodTemplateSpec {
	out := trimTemplateMeta(template, selector)
	out.Spec = trimPodSpec(&template.Spec)
	return out
}

// trimTemplateMeta is trimTemplate without the spec, for pods that never run on Fargate.
func trimTemplateMeta(template *corev1.PodTemplateSpec, selector *metav1.LabelSelector) corev1.PodTemplateSpec {
	meta := trimMeta(&metav1.ObjectMeta{Annotations: template.Annotations}, placement.ComputeTypeKey, sizing.ResourcesAnnotation)
	meta.Labels = template.Labels
	if selector != nil && maps.Equal(meta.Labels, selector.MatchLabels) {
		meta.Labels = selector.MatchLabels
	}
	return corev1.PodTemplateSpec{ObjectMeta: meta}
}

// trimPodSpec keeps what placement looks at, and what Fargate refuses. Most pods have nothing of
// it. A law of the tests compares decisions about trimmed and whole templates.
func trimPodSpec(spec *corev1.PodSpec) corev1.PodSpec {
	out := corev1.PodSpec{
		NodeName: spec.NodeName, SchedulerName: spec.SchedulerName, NodeSelector: spec.NodeSelector, OS: spec.OS,
		HostNetwork: spec.HostNetwork, HostPID: spec.HostPID, HostIPC: spec.HostIPC,
		ResourceClaims: spec.ResourceClaims, Resources: spec.Resources, RuntimeClassName: spec.RuntimeClassName,
	}
	if hostUsers := spec.HostUsers; hostUsers != nil && !*hostUsers {
		out.HostUsers = hostUsers
	}
	if required := placement.RequiredNodeSelector(spec); required != nil {
		out.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: required}}
	}
	if context := spec.SecurityContext; context != nil && (len(context.Sysctls) > 0 || isLocalhost(context.SeccompProfile, context.AppArmorProfile)) {
		out.SecurityContext = &corev1.PodSecurityContext{Sysctls: context.Sysctls, SeccompProfile: context.SeccompProfile, AppArmorProfile: context.AppArmorProfile}
	}
	for i := range spec.Volumes {
		if v := &spec.Volumes[i]; !isUsualVolume(&v.VolumeSource) {
			out.Volumes = append(out.Volumes, *v)
		}
	}
	large := isLarge(spec)
	out.InitContainers, out.Containers = trimContainers(spec.InitContainers, large), trimContainers(spec.Containers, large)
	switch {
	case large || !hasLimitAboveSize(spec):
	case len(out.Containers) == 0:
		out.Containers = limited[:] // most often
	default:
		out.Containers = append(out.Containers, limited[:]...)
	}
	return out
}

// limited stands for the containers of a pod of which one has a limit above the pod's size,
// whatever both are: these keep it from running unless admission lowers the limit. It is never
// changed.
var limited = [...]corev1.Container{{Resources: corev1.ResourceRequirements{
	Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1m")}, Limits: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")},
}}}

// hasLimitAboveSize reports a pod with a limit above what Fargate provisions for its requests.
func hasLimitAboveSize(spec *corev1.PodSpec) bool {
	plan := sizing.AsItStands(spec)
	if plan.Size == nil {
		return false
	}
	for _, containers := range [2][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			if len(plan.Size.ExceededBy(&containers[i].Resources)) > 0 {
				return true
			}
		}
	}
	return false
}

// isUsualVolume reports a volume that Fargate mounts whatever the policy.
func isUsualVolume(v *corev1.VolumeSource) bool {
	return v.EmptyDir != nil || v.ConfigMap != nil || v.Secret != nil || v.Projected != nil || v.DownwardAPI != nil
}

// trimContainers keeps the containers with something that Fargate may refuse, and their resources
// if those of the pod are large.
func trimContainers(containers []corev1.Container, large bool) (kept []corev1.Container) {
	for i := range containers {
		c := &containers[i]
		out := corev1.Container{
			RestartPolicy: c.RestartPolicy, SecurityContext: trimSecurityContext(c.SecurityContext), VolumeDevices: c.VolumeDevices,
		}
		for _, port := range c.Ports {
			if port.HostPort != 0 || port.HostIP != "" || port.ContainerPort == placement.KubeletPort {
				out.Ports = append(out.Ports, port)
			}
		}
		if large {
			out.Resources = c.Resources
		}
		if large || out.SecurityContext != nil || len(out.VolumeDevices)+len(out.Ports) > 0 {
			kept = append(kept, out)
		}
	}
	return kept
}

// trimSecurityContext returns nil for one that asks for no more rights.
func trimSecurityContext(context *corev1.SecurityContext) *corev1.SecurityContext {
	isTrue := func(b *bool) bool { return b != nil && *b }
	if context == nil {
		return nil
	}
	adds := context.Capabilities != nil && len(context.Capabilities.Add) > 0
	localhost := isLocalhost(context.SeccompProfile, context.AppArmorProfile)
	if !adds && !localhost && !isTrue(context.Privileged) && !isTrue(context.AllowPrivilegeEscalation) {
		return nil
	}
	out := &corev1.SecurityContext{Privileged: context.Privileged, AllowPrivilegeEscalation: context.AllowPrivilegeEscalation}
	if localhost {
		out.SeccompProfile, out.AppArmorProfile = context.SeccompProfile, context.AppArmorProfile
	}
	if adds {
		out.Capabilities = &corev1.Capabilities{Add: context.Capabilities.Add}
	}
	return out
}

// isLocalhost reports a profile of the node.
func isLocalhost(seccomp *corev1.SeccompProfile, appArmor *corev1.AppArmorProfile) bool {
	return seccomp != nil && seccomp.Type == corev1.SeccompProfileTypeLocalhost || appArmor != nil && appArmor.Type == corev1.AppArmorProfileTypeLocalhost
}

// middling is what a middling size has.
var middling = corev1.ResourceList{
	corev1.ResourceCPU: resource.MustParse("8"), corev1.ResourceMemory: resource.MustParse("32Gi"), corev1.ResourceEphemeralStorage: resource.MustParse("32Gi"),
}

// isLarge reports a pod whose containers together request or may use more than a middling size has,
// or a resource that not every node has. What others request fits.
func isLarge(spec *corev1.PodSpec) bool {
	var sums [2]corev1.ResourceList
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		for i, list := range [...]corev1.ResourceList{c.Resources.Requests, c.Resources.Limits} {
			if sums[i] == nil {
				sums[i] = corev1.ResourceList{}
			}
			for name, quantity := range list {
				limit, known := middling[name]
				sum := sums[i][name]
				sum.Add(quantity)
				sums[i][name] = sum
				if !known || sum.Cmp(limit) > 0 {
					return true
				}
			}
		}
	}
	return false
}
