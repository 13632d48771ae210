package rules

import (
	"fmt"
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

// A pod that is resized in place has what was provisioned for it when it was scheduled, not what its
// new requests would get (F2.6, F3.8, F3.9).
func TestLimitAboveSizeOfResizedPods(t *testing.T) {
	above := func(limit, size string) []Finding {
		return []Finding{finds(fmt.Sprintf(`container "app" (cpu limit %s) must not have a limit above the pod's size, %s`, limit, size), "spec.containers[0].resources.limits.cpu")}
	}
	for name, c := range map[string]struct {
		request, limit, provisioned string
		want                        []Finding
	}{
		"lower requests, a limit within what is provisioned": {request: "100m", limit: "1", provisioned: "1vCPU 2GB"},
		"lower requests, a limit above what is provisioned":  {request: "100m", limit: "1001m", provisioned: "1vCPU 2GB", want: above("1001m", "1 vCPU / 2Gi")},
		"it isn't known what is provisioned":                 {request: "100m", limit: "500m"},
		"it isn't known, a limit above the old requests":     {request: "100m", limit: "501m", want: above("501m", "0.5 vCPU / 1Gi")},
	} {
		t.Run(name, func(t *testing.T) {
			old, pod := fixtures.Pod(), fixtures.Pod()
			old.Spec.Containers[0].Resources.Requests = fargatetest.Quantities("500m", "512Mi")
			pod.Spec.Containers[0].Resources = fargatetest.Container("", c.request, c.limit, "512Mi", "512Mi").Resources
			pod.Spec.NodeName = "fargate-ip-10-0-0-1"
			pod.Annotations = map[string]string{sizing.ProvisionedAnnotation: c.provisioned}
			p := onFargate(pod)
			p.ResizedFrom = &old.Spec
			checkFindings(t, LimitAboveSize, p, c.want...)
		})
	}
}
