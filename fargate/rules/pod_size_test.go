package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
)

func TestPodSize(t *testing.T) {
	requests := func(cpu, memory string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Requests = fargatetest.Quantities(cpu, memory) }
	}
	found := func(requested, nearest string) Finding {
		return finds("the pod must not request more than 16 CPU and 122624Mi of memory: it requests "+requested+", and the nearest size is "+nearest, "spec.containers")
	}
	checkChange(t, PodSize, requests("16", "122624Mi"))
	checkChange(t, PodSize, requests("16001m", "10Gi"), found("16001m and 10Gi", "16 vCPU / 32Gi"))
	checkChange(t, PodSize, requests("1", "120Gi"), found("1 and 120Gi", "16 vCPU / 120Gi"))
	checkChange(t, PodSize, requests("17", "120Gi"), found("17 and 120Gi", "16 vCPU / 120Gi"))
}
