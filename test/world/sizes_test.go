package world

import (
	"fmt"
	"testing"
)

// TestNoPodGetsDearer: Fargate provisions the same size with the webhook as without it, and its
// containers start. What people have reported not to start without it does then.
func TestNoPodGetsDearer(t *testing.T) {
	f := world(t)
	with, without := f.pair(t, "sizes")
	for name, test := range map[string]struct {
		resources string // of the first container
		size      string
		broken    bool // its containers don't start without the webhook
	}{
		"nothing":        {"{}", "0.25vCPU 0.5GB", false},
		"half-a-gb":      {"{requests: {cpu: 250m, memory: 512Mi}}", "0.25vCPU 1GB", false},
		"memory-only":    {"{requests: {memory: 300Mi}}", "0.25vCPU 1GB", false},
		"guaranteed":     {"{limits: {cpu: 500m, memory: 1Gi}}", "0.5vCPU 2GB", false},
		"next-row":       {"{requests: {cpu: 1, memory: 8Gi}}", "2vCPU 9GB", false},
		"limit-below":    {"{requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}", "0.25vCPU 0.5GB", false},
		"limit-above":    {"{requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 1, memory: 2Gi}}", "0.25vCPU 0.5GB", true},
		"burst-too-high": {"{requests: {cpu: 250m, memory: 1Gi}, limits: {cpu: 2}}", "0.25vCPU 2GB", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %[1]s, labels: {run: on-fargate, size: %[1]s}}\nspec: {containers: [{name: c, image: c, resources: %[2]s}, {name: d, image: d}]}\n",
				name, test.resources)
			for _, namespace := range []string{with, without} {
				f.apply(t, namespace, pod)
				wanted := onFargate
				if test.broken && namespace == without {
					wanted = notStarted
				}
				got := f.pods(t, namespace, "size="+name, 1, wanted)[0]
				if size := got.Annotations["CapacityProvisioned"]; size != test.size {
					t.Errorf("in %s: %s; want %s", namespace, size, test.size)
				}
				if changed := got.Annotations["fargate-webhook/resources-applied"] != ""; changed && namespace == without {
					t.Error("the webhook has changed a pod of an exempt namespace")
				}
			}
		})
	}
}
