package sizing

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	helpers "k8s.io/component-helpers/resource"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// The sum agrees with that of the Kubernetes scheduler (F3.7), which is too slow for admission: it
// builds a map for each container.
func TestLawRequestedAgreesWithScheduler(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// The API server rounds and sets defaults before webhooks and schedulers see a pod.
		spec := fargatetest.Defaulted(fargatetest.PodSpecs(0, 20).Draw(t, "spec"))
		if rapid.Bool().Draw(t, "overhead") {
			spec.Overhead = fargatetest.Quantities("10m", "20Mi")
		}
		if rapid.Bool().Draw(t, "pod-level") {
			whole := fargatetest.Requirements().Draw(t, "whole")
			fargatetest.Default(&whole)
			spec.Resources = &whole
		}
		// A copy: PodRequests sometimes adds to the pod's own quantities.
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

// The examples of S17 and F3.7.
func TestRequested(t *testing.T) {
	requests := func(cpu, memory string) corev1.Container { return fargatetest.Container("c", cpu, "", memory, "") }
	sidecar := func(cpu, memory string) corev1.Container {
		c := requests(cpu, memory)
		always := corev1.ContainerRestartPolicyAlways
		c.RestartPolicy = &always
		return c
	}
	type containers = []corev1.Container
	podLimit := &corev1.ResourceRequirements{Limits: fargatetest.Quantities("2", "2Gi")}
	podRequest := &corev1.ResourceRequirements{Requests: fargatetest.Quantities("3", "")}
	for name, c := range map[string]struct {
		spec        corev1.PodSpec
		cpu, memory string
	}{
		"nothing":                           {corev1.PodSpec{Containers: make(containers, 2)}, "0", "0"},
		"sum of the long-running":           {corev1.PodSpec{Containers: containers{requests("100m", "1Gi"), requests("200m", "1Gi")}}, "300m", "2Gi"},
		"largest init, not their sum":       {corev1.PodSpec{InitContainers: containers{requests("1", "1Gi"), requests("2", "512Mi")}, Containers: containers{requests("100m", "100Mi")}}, "2", "1Gi"},
		"per resource, not per pod":         {corev1.PodSpec{InitContainers: containers{requests("1", "100Mi")}, Containers: containers{requests("100m", "1Gi")}}, "1", "1Gi"},
		"sidecar before an init container":  {corev1.PodSpec{InitContainers: containers{sidecar("100m", "100Mi"), requests("1", "1Gi")}, Containers: containers{requests("100m", "100Mi")}}, "1100m", "1124Mi"},
		"sidecar after an init container":   {corev1.PodSpec{InitContainers: containers{requests("1", "1Gi"), sidecar("100m", "100Mi")}, Containers: containers{requests("950m", "100Mi")}}, "1050m", "1Gi"},
		"pod-level request (F3.8)":          {corev1.PodSpec{Resources: podRequest, Containers: containers{requests("1", "1Gi")}}, "3", "1Gi"},
		"pod-level limit without requests":  {corev1.PodSpec{Resources: podLimit, Containers: make(containers, 1)}, "2", "2Gi"},
		"pod-level limit beside requests":   {corev1.PodSpec{Resources: podLimit, Containers: containers{requests("1", "1Gi")}}, "1", "1Gi"},
		"a limit counts as request (F3.10)": {corev1.PodSpec{Containers: containers{fargatetest.Container("c", "", "2", "", "")}}, "2", "0"},
	} {
		if got, want := Requested(&c.spec), amount(c.cpu, c.memory); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// Pod-level resources count only if they set CPU or memory (F3.8).
func TestHasPodLevelResources(t *testing.T) {
	for name, c := range map[string]struct {
		resources *corev1.ResourceRequirements
		want      bool
	}{
		"none":    {nil, false},
		"empty":   {&corev1.ResourceRequirements{}, false},
		"request": {&corev1.ResourceRequirements{Requests: fargatetest.Quantities("1", "")}, true},
		"limit":   {&corev1.ResourceRequirements{Limits: fargatetest.Quantities("", "1Gi")}, true},
		"other":   {&corev1.ResourceRequirements{Limits: corev1.ResourceList{"hugepages-2Mi": resource.MustParse("2Mi")}}, false},
	} {
		if got := HasPodLevelResources(&corev1.PodSpec{Resources: c.resources}); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
