package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	helpers "k8s.io/component-helpers/resource"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// Our sum in thousandths agrees with the Kubernetes scheduler's (F3.7), which
// is too slow for the request path: it builds a map for each container.
func TestLawRequestedAgreesWithTheScheduler(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// The API server rounds and defaults before anybody sees a pod.
		spec := fargatetest.Defaulted(fargatetest.PodSpecs(0, 20).Draw(t, "spec"))
		if rapid.Bool().Draw(t, "overhead") {
			spec.Overhead = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("20Mi")}
		}
		if rapid.Bool().Draw(t, "pod-level") {
			whole := fargatetest.Requirements().Draw(t, "whole")
			fargatetest.Default(&whole)
			spec.Resources = &whole
		}
		// A copy: PodRequests adds to the pod's own quantities now and then.
		want := helpers.PodRequests(&corev1.Pod{Spec: *spec.DeepCopy()}, helpers.PodResourcesOptions{})
		got := Requested(spec)
		if w := min(ceiling, thousandths(want[corev1.ResourceCPU])); got.MilliCPU != w {
			t.Errorf("CPU: got %d, want %d", got.MilliCPU, w)
		}
		if w := min(ceiling, thousandths(want[corev1.ResourceMemory])); got.MilliBytes != w {
			t.Errorf("memory: got %d, want %d", got.MilliBytes, w)
		}
	})
}

// S17 and F3.7 in numbers.
func TestRequested(t *testing.T) {
	asks := func(cpu, memory string, always bool) corev1.Container {
		c := corev1.Container{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory),
		}}}
		if always {
			policy := corev1.ContainerRestartPolicyAlways
			c.RestartPolicy = &policy
		}
		return c
	}
	limitOnly := corev1.Container{Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2")}}}
	podLimit := &corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("2Gi")}}
	podRequest := &corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("3")}}
	for name, c := range map[string]struct {
		spec        corev1.PodSpec
		cpu, memory string
	}{
		"nothing":                 {corev1.PodSpec{Containers: make([]corev1.Container, 2)}, "0", "0"},
		"sum of the long-running": {corev1.PodSpec{Containers: []corev1.Container{asks("100m", "1Gi", false), asks("200m", "1Gi", false)}}, "300m", "2Gi"},
		"largest init, not their sum": {corev1.PodSpec{
			InitContainers: []corev1.Container{asks("1", "1Gi", false), asks("2", "512Mi", false)},
			Containers:     []corev1.Container{asks("100m", "100Mi", false)},
		}, "2", "1Gi"},
		"per resource, not per pod": {corev1.PodSpec{
			InitContainers: []corev1.Container{asks("1", "100Mi", false)},
			Containers:     []corev1.Container{asks("100m", "1Gi", false)},
		}, "1", "1Gi"},
		"sidecar before an init container": {corev1.PodSpec{
			InitContainers: []corev1.Container{asks("100m", "100Mi", true), asks("1", "1Gi", false)},
			Containers:     []corev1.Container{asks("100m", "100Mi", false)},
		}, "1100m", "1124Mi"},
		"sidecar after an init container": {corev1.PodSpec{
			InitContainers: []corev1.Container{asks("1", "1Gi", false), asks("100m", "100Mi", true)},
			Containers:     []corev1.Container{asks("950m", "100Mi", false)},
		}, "1050m", "1Gi"},
		"pod-level request (F3.8)":          {corev1.PodSpec{Resources: podRequest, Containers: []corev1.Container{asks("1", "1Gi", false)}}, "3", "1Gi"},
		"pod-level limit, nobody requested": {corev1.PodSpec{Resources: podLimit, Containers: make([]corev1.Container, 1)}, "2", "2Gi"},
		"pod-level limit beside requests":   {corev1.PodSpec{Resources: podLimit, Containers: []corev1.Container{asks("1", "1Gi", false)}}, "1", "1Gi"},
		"a limit is a request (F3.10)":      {corev1.PodSpec{Containers: []corev1.Container{limitOnly}}, "2", "0"},
	} {
		if got, want := Requested(&c.spec), amount(t, c.cpu, c.memory); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
