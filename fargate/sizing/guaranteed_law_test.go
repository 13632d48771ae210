package sizing

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
)

// Policy Guaranteed keeps the size (L1), makes requests and limits equal, but for a container that
// no unit is left for (L2), lowers no request and raises no limit (L3), stays within the budget of
// the size (L4), and changes nothing the second time (L5).
func TestLawGuaranteedNeverRaisesSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, size := drawFittable(t)
		after, plan := admitted(t, pod, guaranteedTerms())

		if got, ok := For(Requested(&after.Spec)); !ok || got != size || *plan.Size != size {
			t.Errorf("L1: size %v became %v, and the plan says %v", size, got, plan.Size)
		}
		if sum := Requested(&after.Spec); !sum.Within(size.Budget()) {
			t.Errorf("L4: %v of %v is handed out", sum, size.Budget())
		}
		compare(pod, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if is.request != is.limit && (is.request > 0 || is.limit > was.limit) {
				t.Errorf("L2: %s %s: request %d, limit %d", c.Name, name, is.request, is.limit)
			}
			if is.request < was.request {
				t.Errorf("L3: %s %s: the request fell from %d to %d", c.Name, name, was.request, is.request)
			}
			if was.limit > 0 && is.limit > max(was.limit, was.request) {
				t.Errorf("L3: %s %s: the limit rose from %d to %d", c.Name, name, was.limit, is.limit)
			}
		})
		if again, _ := admitted(t, after, guaranteedTerms()); !cmp.Equal(after, again) {
			t.Errorf("L5: a second admission changes\n%s", cmp.Diff(after, again))
		}
	})
}

// The order of containers changes neither the size nor, except for the odd unit, what equal
// containers get (L6).
func TestLawGuaranteedIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		pod.Spec.InitContainers = nil
		after, _ := bothOrders(t, pod, guaranteedTerms())
		for i := range after.Spec.Containers {
			for j := range i {
				if cmp.Equal(pod.Spec.Containers[i].Resources, pod.Spec.Containers[j].Resources) {
					checkNear(t, "equal containers", &after.Spec.Containers[i], &after.Spec.Containers[j])
				}
			}
		}
	})
}

// bothOrders admits a pod without init containers, and the same with its containers in reverse
// order, which must get the same size and, except for the odd unit, the same requests. Where that
// unit reaches a limit, or something that isn't a whole number of units, only a part of it is handed
// out. It returns both, with the containers in the order of the pod.
func bothOrders(t *rapid.T, pod *corev1.Pod, terms *Terms) (after, afterReversed *corev1.Pod) {
	reversed := pod.DeepCopy()
	slices.Reverse(reversed.Spec.Containers)
	after, plan := admitted(t, pod, terms)
	afterReversed, reversedPlan := admitted(t, reversed, terms)
	cpu, memory := plan.HandedOut.MilliCPU-reversedPlan.HandedOut.MilliCPU, plan.HandedOut.MilliBytes-reversedPlan.HandedOut.MilliBytes
	if *plan.Size != *reversedPlan.Size || cpu != 0 || max(memory, -memory) >= mebibyte {
		t.Fatalf("in reverse order the size is %v with %v, want %v with %v", reversedPlan.Size, reversedPlan.HandedOut, plan.Size, plan.HandedOut)
	}
	slices.Reverse(afterReversed.Spec.Containers)
	for i := range after.Spec.Containers {
		checkNear(t, "in reverse order", &after.Spec.Containers[i], &afterReversed.Spec.Containers[i])
	}
	return after, afterReversed
}

// checkNear fails if two containers differ by more than one unit.
func checkNear(t *rapid.T, what string, a, b *corev1.Container) {
	for name, unit := range map[corev1.ResourceName]int64{corev1.ResourceCPU: 1, corev1.ResourceMemory: mebibyte} {
		x, y := statedOf(&a.Resources, name).request, statedOf(&b.Resources, name).request
		if max(x, y)-min(x, y) > unit {
			t.Errorf("L6: %s: %s has %d %s and %s has %d", what, a.Name, x, name, b.Name, y)
		}
	}
}
