package prefilter

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
)

// further are pods for terms that no fixture needs alone, by rule and name. The API server refuses
// some of them later.
func further(t *testing.T) map[string]*corev1.Pod {
	t.Helper()
	pods := map[string]*corev1.Pod{}
	add := func(name string, change func(*corev1.Pod)) {
		pod := fixtures.Pod()
		change(pod)
		pods[name] = claimedByEKS(pod)
	}
	requests := func(texts ...string) corev1.ResourceList {
		list := corev1.ResourceList{}
		for i := 0; i < len(texts); i += 2 {
			list[corev1.ResourceName(texts[i])] = resource.MustParse(texts[i+1])
		}
		return list
	}
	container := func(r corev1.ResourceRequirements) corev1.Container {
		return corev1.Container{Name: "more", Resources: r}
	}
	add("pod-size/overhead", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests, p.Spec.Overhead = requests("cpu", "10"), requests("cpu", "10")
	})
	add("pod-size/pod-level", func(p *corev1.Pod) { p.Spec.Resources = &corev1.ResourceRequirements{Requests: requests("cpu", "20")} })
	add("pod-size/negative request", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests = requests("cpu", "20")
		p.Spec.Containers = append(p.Spec.Containers, container(corev1.ResourceRequirements{Requests: requests("cpu", "-10")}))
	})
	add("pod-size/negative limit", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests = requests("cpu", "20")
		p.Spec.Containers = append(p.Spec.Containers, container(corev1.ResourceRequirements{Limits: requests("cpu", "-10")}))
	})
	add("ephemeral-storage/overhead", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests, p.Spec.Overhead = requests("ephemeral-storage", "100Gi"), requests("ephemeral-storage", "100Gi")
	})
	add("ephemeral-storage/negative request", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests = requests("ephemeral-storage", "200Gi")
		p.Spec.Containers = append(p.Spec.Containers, container(corev1.ResourceRequirements{Requests: requests("ephemeral-storage", "-100Gi")}))
	})
	add("ephemeral-storage/negative limit", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests = requests("ephemeral-storage", "200Gi")
		p.Spec.Containers = append(p.Spec.Containers, container(corev1.ResourceRequirements{Limits: requests("ephemeral-storage", "-100Gi")}))
	})
	add("extended-resource/pod-level", func(p *corev1.Pod) {
		p.Spec.Resources = &corev1.ResourceRequirements{Requests: requests("hugepages-2Mi", "2Mi"), Limits: requests("hugepages-2Mi", "2Mi")}
	})
	add("extended-resource/request", func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Requests = requests("nvidia.com/gpu", "1") })
	add("extended-resource/limit", func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Limits = requests("nvidia.com/gpu", "1") })
	add("extended-resource/claim", func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Claims = []corev1.ResourceClaim{{Name: "gpu"}} })
	add("limit-above-size/pod-level", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests, p.Spec.Containers[0].Resources.Limits = requests("cpu", "4"), requests("cpu", "4")
		p.Spec.Resources = &corev1.ResourceRequirements{Requests: requests("cpu", "250m")}
	})
	add("limit-above-size/memory", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests, p.Spec.Containers[0].Resources.Limits = requests("memory", "1Gi"), requests("memory", "64Gi")
	})
	cut := fixtures.Pod()
	cut.Spec.Containers[0].Resources = corev1.ResourceRequirements{Requests: requests("cpu", "250m"), Limits: requests("cpu", "4")}
	pods["limit-above-size/cut"] = admitted(t, cut, strict())
	volumes := func(medium corev1.StorageMedium, sizes ...string) (list []corev1.Volume) {
		for _, size := range sizes {
			limit := resource.MustParse(size)
			list = append(list, corev1.Volume{Name: "v" + size, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: medium, SizeLimit: &limit}}})
		}
		return list
	}
	add("scratch-space/together", func(p *corev1.Pod) { p.Spec.Volumes = volumes("", "10Gi", "10Gi") })
	add("scratch-space/negative", func(p *corev1.Pod) { p.Spec.Volumes = volumes("", "-10Gi", "20Gi") })
	add("scratch-space/negative, in memory", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests, p.Spec.Volumes = requests("memory", "1Gi"), volumes("Memory", "-10Gi", "20Gi")
	})
	add("scratch-space/in memory", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests, p.Spec.Volumes = requests("memory", "256Mi"), volumes("Memory", "1Gi", "1Gi")
	})
	add("scratch-space/pod-level", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests, p.Spec.Volumes = requests("memory", "4Gi"), volumes("Memory", "1Gi", "1Gi")
		p.Spec.Resources = &corev1.ResourceRequirements{Requests: requests("memory", "128Mi")}
	})
	local := "of-the-node"
	add("localhost-profile/AppArmor", func(p *corev1.Pod) {
		p.Spec.SecurityContext.AppArmorProfile = &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeLocalhost, LocalhostProfile: &local}
	})
	add("localhost-profile/annotation", func(p *corev1.Pod) {
		p.Annotations = map[string]string{corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix + "app": "localhost/" + local}
	})
	add("misplaced-opt-out/node selector", func(p *corev1.Pod) {
		p.Spec.NodeSelector = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
	})
	add("misplaced-opt-out/pin in the node selector", func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{placement.ProfileLabel: "x"} })
	return pods
}

// resources are CPU and memory; "" leaves one out.
func resources(cpu, memory string) corev1.ResourceList { return fargatetest.Quantities(cpu, memory) }

func one() *resource.Quantity { return resource.NewQuantity(1, resource.DecimalSI) }
