package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
)

func TestPodLevelResources(t *testing.T) {
	set := func(r corev1.ResourceRequirements) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Spec.Resources = &r }
	}
	found := finds("spec.resources is set, and Fargate is documented to size pods by their containers' requests only", "spec.resources")
	checkChange(t, PodLevelResources, set(corev1.ResourceRequirements{}))
	checkChange(t, PodLevelResources, set(corev1.ResourceRequirements{Requests: fargatetest.Quantities("1", "")}), found)
	checkChange(t, PodLevelResources, set(corev1.ResourceRequirements{Limits: fargatetest.Quantities("", "1Gi")}), found)
}
