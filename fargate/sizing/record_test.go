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
		"only a policy":       "Fit",
		"no containers":       "Fit x",
		"requested less":      "Fit a=:1,:1Gi",
		"stated less":         "Fit a=10m/1:1,10Mi/1Gi:1Gi",
		"invalid quantities":  "Fit a=much,",
		"no memory":           "Fit a=1",
		"huge":                "Fit a=1E,1E",
		"negative":            "Fit a=-1:1,-1:1Gi",
		"an escape":           "Fit %zz=,",
		"of an older version": `{"policy":"Fit","size":{"vcpu":"0.25","memory":"512Mi"},"containers":{"a":{"requests":{"cpu":"100m"},"set":{"cpu":"1","memory":"1Gi"}}}}`,
		"another container's": "Fit x=:250m,:256Mi",
		"twice":               "Fit a=:1,:1Gi a=10m:1,10Mi:1Gi",
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
