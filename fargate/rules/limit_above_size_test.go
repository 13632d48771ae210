package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
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
	// Admission lowers the limits.
	pod := fixtures.Pod()
	limited("9", "90Gi")(pod)
	p := onFargate(pod)
	p.Plan.LimitsFit = true
	checkFindings(t, LimitAboveSize, p)
}
