package rules

import (
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
)

func TestResize(t *testing.T) {
	for name, c := range map[string]struct {
		oldCPU, oldMemory, cpu, memory string
		// provisioned is the annotation of a pod on a node.
		provisioned, node string
		want              []Finding
	}{
		"within the size of the old requests": {oldCPU: "100m", oldMemory: "512Mi", cpu: "250m", memory: "768Mi"},
		"above the size of the old requests": {oldCPU: "100m", oldMemory: "512Mi", cpu: "251m", memory: "768Mi", want: []Finding{finds(
			"the new requests (251m CPU, 768Mi memory) exceed the size of what the pod requests now (0.25 vCPU / 1Gi, with 256Mi reserved by Fargate)", "spec.containers")}},
		"down":                     {oldCPU: "1", oldMemory: "2Gi", cpu: "100m", memory: "512Mi"},
		"the old ones had no size": {oldCPU: "17", cpu: "16"},
		"up again within what was provisioned": {
			oldCPU: "100m", oldMemory: "128Mi", cpu: "900m", memory: "128Mi", provisioned: "1vCPU 2GB", node: "fargate-ip-10-0-0-1",
		},
		"up again above what was provisioned": {
			oldCPU: "100m", oldMemory: "128Mi", cpu: "1001m", memory: "128Mi", provisioned: "1vCPU 2GB", node: "fargate-ip-10-0-0-1", want: []Finding{finds(
				"the new requests (1001m CPU, 128Mi memory) exceed the size in the annotation CapacityProvisioned (1 vCPU / 2Gi, with 256Mi reserved by Fargate)", "spec.containers")},
		},
		"above what was provisioned, after a resize above it": {
			oldCPU: "2", oldMemory: "128Mi", cpu: "1500m", memory: "128Mi", provisioned: "1vCPU 2GB", node: "fargate-ip-10-0-0-1", want: []Finding{finds(
				"the new requests (1500m CPU, 128Mi memory) exceed the size in the annotation CapacityProvisioned (1 vCPU / 2Gi, with 256Mi reserved by Fargate)", "spec.containers")},
		},
		"the old ones had no size, what was provisioned has": {
			oldCPU: "17", oldMemory: "128Mi", cpu: "500m", memory: "128Mi", provisioned: "0.25vCPU 0.5GB", node: "fargate-ip-10-0-0-1", want: []Finding{finds(
				"the new requests (500m CPU, 128Mi memory) exceed the size in the annotation CapacityProvisioned (0.25 vCPU / 512Mi, with 256Mi reserved by Fargate)", "spec.containers")},
		},
		"the annotation isn't a size": {
			oldCPU: "100m", oldMemory: "128Mi", cpu: "900m", memory: "128Mi", provisioned: "1vCPU 2.5GB", node: "fargate-ip-10-0-0-1", want: []Finding{finds(
				"the new requests (900m CPU, 128Mi memory) exceed the size of what the pod requests now (0.25 vCPU / 512Mi, with 256Mi reserved by Fargate)", "spec.containers")},
		},
		"the annotation isn't that of EKS, the pod has no node": {
			oldCPU: "100m", oldMemory: "128Mi", cpu: "900m", memory: "128Mi", provisioned: "1vCPU 2GB", want: []Finding{finds(
				"the new requests (900m CPU, 128Mi memory) exceed the size of what the pod requests now (0.25 vCPU / 512Mi, with 256Mi reserved by Fargate)", "spec.containers")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			old, pod := fixtures.Pod(), fixtures.Pod()
			old.Spec.Containers[0].Resources.Requests = fargatetest.Quantities(c.oldCPU, c.oldMemory)
			pod.Spec.Containers[0].Resources.Requests = fargatetest.Quantities(c.cpu, c.memory)
			pod.Spec.NodeName = c.node
			if c.provisioned != "" {
				pod.Annotations = map[string]string{"CapacityProvisioned": c.provisioned}
			}
			p := onFargate(pod)
			p.ResizedFrom = &old.Spec
			checkFindings(t, Resize, p, c.want...)
		})
	}
}
