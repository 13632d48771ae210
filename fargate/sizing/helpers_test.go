package sizing

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
)

// fitTerms are the terms of the default policy in a namespace without constraints.
func fitTerms() *Terms { return NewTerms(policy.ResourcesFit, nil, nil, nil) }

// admitted returns a pod after one admission under the terms, and the plan for it.
func admitted(t rapid.TB, pod *corev1.Pod, terms *Terms) (*corev1.Pod, Plan) {
	t.Helper()
	plan := NewPlan(&pod.ObjectMeta, &pod.Spec, terms)
	return fargatetest.Patched(t, pod, plan.Patch), plan
}

// fit returns a pod after one admission under the default policy.
func fit(t rapid.TB, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	out, _ := admitted(t, pod, fitTerms())
	return out
}

// amount reads quantities as a user writes them.
func amount(cpu, memory string) Amount {
	return Amount{
		MilliCPU:   thousandths(resource.MustParse(cpu)),
		MilliBytes: thousandths(resource.MustParse(memory)),
	}
}

// drawFittable draws a pod that some size holds, with 0 to 20 containers.
func drawFittable(t *rapid.T) (*corev1.Pod, Size) {
	fits := func(s *corev1.PodSpec) bool {
		_, ok := For(Requested(s))
		return ok
	}
	spec := fargatetest.PodSpecs(0, 20).Filter(fits).Draw(t, "spec")
	if rapid.IntRange(0, 9).Draw(t, "overhead") == 0 {
		with := *spec
		with.Overhead = drawQuantities(t, "overhead")
		if fits(&with) {
			spec = &with
		}
	}
	size, _ := For(Requested(spec))
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: *spec}, size
}

// drawQuantities draws an amount of CPU and of memory.
func drawQuantities(t *rapid.T, label string) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    fargatetest.Quantity(corev1.ResourceCPU).Draw(t, label+" CPU"),
		corev1.ResourceMemory: fargatetest.Quantity(corev1.ResourceMemory).Draw(t, label+" memory"),
	}
}

// compare calls check for each container and resource of a pod, before and after.
func compare(before, after *corev1.Pod, check func(name corev1.ResourceName, c *corev1.Container, was, is stated)) {
	old := slices.Concat(before.Spec.InitContainers, before.Spec.Containers)
	for i, c := range slices.Concat(after.Spec.InitContainers, after.Spec.Containers) {
		for _, name := range sized {
			check(name, &c, statedOf(&old[i].Resources, name), statedOf(&c.Resources, name))
		}
	}
}
