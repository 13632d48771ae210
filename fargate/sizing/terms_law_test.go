package sizing

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
)

// withRequestsAtLimits returns a copy of a pod whose requests are raised to their limits.
func withRequestsAtLimits(pod *corev1.Pod) *corev1.Pod {
	raised := pod.DeepCopy()
	for _, list := range [2][]corev1.Container{raised.Spec.InitContainers, raised.Spec.Containers} {
		for i := range list {
			r := &list[i].Resources
			for name, q := range r.Limits {
				if request := r.Requests[name]; request.Cmp(q) < 0 {
					r.Requests = withEntry(r.Requests, name, r.Limits)
				}
			}
		}
	}
	return raised
}

// Policy Limits lowers no limit and no request, raises requests to limits, and gives the size of
// the pod with its requests at their limits, if there is one (L8). A second admission changes
// nothing (L5).
func TestLawLimitsNeverLowers(t *testing.T) {
	terms := NewTerms(policy.ResourcesLimits, nil, nil, nil)
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		size, ok := For(Requested(&withRequestsAtLimits(pod).Spec))
		if !ok {
			t.Skip("no size holds its limits")
		}
		after, plan := admitted(t, pod, terms)
		if *plan.Size != size {
			t.Errorf("size %v, want %v", plan.Size, size)
		}
		compare(pod, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if is.request < was.request || was.limit > 0 && (is.limit != max(was.limit, was.request) || is.request < is.limit) {
				t.Errorf("L8: %s %s: request %d limit %d became %d and %d", c.Name, name, was.request, was.limit, is.request, is.limit)
			}
		})
		again, _ := admitted(t, after, terms)
		checkSame(t, "L5", after, again)
	})
}

// Nothing rises above the maximum of a LimitRange, of one container and of all together, unless it
// exceeded that before (L10). Under Guaranteed that holds for limits too.
func TestLawWithinLimitRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, size := drawFittable(t)
		ofContainer, ofPod := drawQuantities(t, "container"), drawQuantities(t, "pod")
		resources := rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed}).Draw(t, "policy")
		terms := NewTerms(resources, nil, []*corev1.LimitRange{
			fargatetest.LimitRange(
				corev1.LimitRangeItem{Type: corev1.LimitTypePersistentVolumeClaim},
				corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Max: ofContainer},
			),
			fargatetest.LimitRange(corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: ofPod}),
		}, nil)
		after, plan := admitted(t, pod, terms)
		if *plan.Size != size {
			t.Errorf("size %v became %v", size, plan.Size)
		}
		compare(pod, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if most := thousandths(ofContainer[name]); is.request > max(was.request, most) || is.request < was.request || resources == policy.ResourcesGuaranteed && is.request > 0 && is.request != is.limit {
				t.Errorf("%s %s: %v became %v, and a container may have %d", c.Name, name, was, is, most)
			}
		})
		sum := containerSum(&after.Spec, requestOf)
		if most := AmountIn(ofPod).AtLeast(containerSum(&pod.Spec, requestOf)); !sum.Within(most) {
			t.Errorf("all containers have %v, and may have %v", sum, most)
		}
	})
}
