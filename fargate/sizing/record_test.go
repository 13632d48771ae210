package sizing

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
)

// A record that doesn't explain the pod, because it was pasted, forged or damaged, never lowers a
// request.
func TestForgedRecordIsIgnored(t *testing.T) {
	for name, text := range map[string]string{
		"empty":               "",
		"garbage":             "{{{",
		"null":                "null",
		"another shape":       `[1,2]`,
		"requested less":      `{"policy":"Fit","containers":{"a":{"set":{"cpu":"1","memory":"1Gi"}}}}`,
		"invalid quantities":  `{"policy":"Fit","containers":{"a":{"set":{"cpu":"much"}}}}`,
		"huge":                `{"policy":"Fit","containers":{"a":{"requests":{"cpu":"1E"},"set":{"cpu":"1E","memory":"1E"}}}}`,
		"negative":            `{"policy":"Fit","containers":{"a":{"requests":{"cpu":"-1","memory":"-1"},"set":{"cpu":"1","memory":"1Gi"}}}}`,
		"of an older version": `{"policy":"Fit","size":{"vcpu":"0.25","memory":"512Mi"},"containers":{"a":{"requests":{"cpu":"100m"},"set":{"cpu":"1","memory":"1Gi"}}}}`,
		"of a newer version":  `{"policy":"Fit","containers":{"a":{"set":[1]}},"more":{}}`,
		"sets less":           `{"policy":"Fit","containers":{"a":{"set":{"requests":{"cpu":"1","memory":"1Gi"},"limits":{"cpu":"1","memory":"1Gi"}}}}}`,
		"another container's": `{"policy":"Fit","containers":{"x":{"set":{"cpu":"250m","memory":"256Mi"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{fargatetest.Container("a", "1", "1", "1Gi", "1Gi")}}}
			pod.Annotations = map[string]string{RecordAnnotation: text}
			plan := NewPlan(&pod.ObjectMeta, &pod.Spec, fitTerms())
			if len(plan.Patch) != 0 || plan.Size == nil || plan.Size.String() != "1 vCPU / 2Gi" {
				t.Errorf("size %v, patch %v", plan.Size, plan.Patch)
			}
		})
	}
}
