package rules

import (
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
)

func TestResize(t *testing.T) {
	for name, c := range map[string]struct {
		oldCPU, oldMemory, cpu, memory string
		want                           []Finding
	}{
		"within the size": {"100m", "512Mi", "250m", "768Mi", nil},
		"to the size above": {"100m", "512Mi", "251m", "768Mi", []Finding{finds(
			"the new requests (251m CPU, 768Mi memory) exceed the provisioned size (0.25 vCPU / 1Gi, with 256Mi reserved by Fargate)", "spec.containers")}},
		"down":                      {"1", "2Gi", "100m", "512Mi", nil},
		"no size held it before it": {"17", "", "16", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			old, pod := fixtures.Pod(), fixtures.Pod()
			old.Spec.Containers[0].Resources.Requests = fargatetest.Quantities(c.oldCPU, c.oldMemory)
			pod.Spec.Containers[0].Resources.Requests = fargatetest.Quantities(c.cpu, c.memory)
			p := onFargate(pod)
			p.ResizedFrom = &old.Spec
			checkFindings(t, Resize, p, c.want...)
		})
	}
}
