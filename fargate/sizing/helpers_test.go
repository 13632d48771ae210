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

// guaranteedTerms are the same of policy Guaranteed.
func guaranteedTerms() *Terms { return NewTerms(policy.ResourcesGuaranteed, nil, nil, nil) }

// drawTerms draws terms under which no size changes, with LimitRanges and holds in some.
func drawTerms(t *rapid.T) *Terms {
	resources := rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesFit, policy.ResourcesGuaranteed}).Draw(t, "policy")
	var ranges []*corev1.LimitRange
	if rapid.Bool().Draw(t, "LimitRange") {
		ranges = append(ranges, drawLimitRange(t))
	}
	return NewTerms(resources, nil, ranges, nil, drawHolds(t)...)
}

// drawHolds draws up to two holds.
func drawHolds(t *rapid.T) []Hold {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Hold {
		return Hold{
			Reason: "test", CPU: rapid.Bool().Draw(t, "cpu"), Memory: rapid.Bool().Draw(t, "memory"), Limits: rapid.Bool().Draw(t, "limits"),
		}
	}), 0, 2).Draw(t, "holds")
}

// drawLimitRange draws maxima and ratios of containers and pods.
func drawLimitRange(t *rapid.T) *corev1.LimitRange {
	draw := func(kind corev1.LimitType) corev1.LimitRangeItem {
		item := corev1.LimitRangeItem{Type: kind}
		for _, name := range sized {
			if rapid.Bool().Draw(t, "max") {
				item.Max = withQuantity(item.Max, name, fargatetest.Quantity(name).Draw(t, "max"))
			}
			if rapid.IntRange(0, 3).Draw(t, "ratio") == 0 {
				ratio := rapid.SampledFrom([]string{"1", "1.001", "1.1", "1.5", "2", "4.35", "10", "16.1", "100"}).Draw(t, "ratio")
				item.MaxLimitRequestRatio = withQuantity(item.MaxLimitRequestRatio, name, resource.MustParse(ratio))
			}
		}
		return item
	}
	return fargatetest.LimitRange(draw(corev1.LimitTypeContainer), draw(corev1.LimitTypePod))
}

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

// checkSame fails for each request or limit that changed.
func checkSame(t *rapid.T, what string, before, after *corev1.Pod) {
	compare(before, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
		if was != is {
			t.Errorf("%s: %s %s: %v became %v", what, c.Name, name, was, is)
		}
	})
}
