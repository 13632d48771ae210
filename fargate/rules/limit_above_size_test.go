package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/sizing"
)

func TestLimitAboveSize(t *testing.T) {
	limited := func(cpuLimit, memoryLimit string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources = fargatetest.Container("", "1", cpuLimit, "1Gi", memoryLimit).Resources
		}
	}
	const cpu, memory = "spec.containers[0].resources.limits.cpu", "spec.containers[0].resources.limits.memory"
	checkChange(t, LimitAboveSize, limited("1", "2Gi"))
	checkChange(t, LimitAboveSize, limited("1", "3Gi"), finds(`container "app" (memory limit 3Gi) must not have a limit above the pod's size, 1 vCPU / 2Gi`, memory))
	checkChange(t, LimitAboveSize, limited("1001m", "3Gi"),
		finds(`container "app" (cpu limit 1001m, memory limit 3Gi) must not have a limit above the pod's size, 1 vCPU / 2Gi`, cpu, memory))
	// Admission lowers the limits, and says so where it is by more than half.
	pod := fixtures.Pod()
	limited("9", "90Gi")(pod)
	p := onFargate(pod)
	p.Plan.LimitsFit = true
	checkFindings(t, LimitAboveSize, p)
	p.Plan.Cuts = []sizing.Cut{
		{List: "containers", Resource: corev1.ResourceCPU, From: 9000, To: 1000},
		{List: "containers", Resource: corev1.ResourceMemory, From: 8000 << 20 * 1000, To: 1792 << 20 * 1000},
	}
	checkFindings(t, LimitAboveSize, p,
		finds(`container "app" (cpu limit 9) may use at most 1 of CPU: the limit is lowered to that, since Fargate provisions 1 vCPU / 2Gi for what the pod requests`, cpu),
		finds(`container "app" (memory limit 8000Mi) may use at most 1792Mi of memory: the limit is lowered to that, since Fargate provisions 1 vCPU / 2Gi for what the pod requests`, memory))
}
