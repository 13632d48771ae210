package fargate

import (
	"encoding/json"
	"slices"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

// fitPod applies policy Fit to a copy of the spec, by its own patch.
func fitPod(t *rapid.T, spec *corev1.PodSpec, size Size) *corev1.PodSpec {
	var patch Patch
	fitResources(&patch, nil, spec, spec, false, size)
	return apply(t, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: *spec}, patch)
}

func apply(t *rapid.T, pod *corev1.Pod, patch Patch) *corev1.PodSpec {
	return &applyToPod(t, pod, patch).Spec
}

func applyToPod(t *rapid.T, pod *corev1.Pod, patch Patch) *corev1.Pod {
	raw, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	if len(patch) > 0 {
		operations, err := json.Marshal(patch)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := jsonpatch.DecodePatch(operations)
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = decoded.Apply(raw); err != nil {
			t.Fatalf("%s: %v", operations, err)
		}
	}
	var out corev1.Pod
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

// fittable draws specs that some size holds.
func fittable(t *rapid.T) (*corev1.PodSpec, Size) {
	spec := podSpecs(20).Filter(func(s *corev1.PodSpec) bool {
		_, ok := SizeFor(Requested(s))
		return ok
	}).Draw(t, "spec")
	size, _ := SizeFor(Requested(spec))
	return spec, size
}

// The laws of policy Fit: L1 the size stays, L2 requests equal limits, L3
// nothing shrinks, L4 the sum stays within the budget, L5 a second time
// changes nothing, L7 nothing but requests and limits is touched.
func TestLawFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, size := fittable(t)
		after := fitPod(t, spec, size)

		if got, ok := SizeFor(Requested(after)); !ok || got != size {
			t.Errorf("L1: the size was %v and became %v", size, got)
		}
		sum, budget := Requested(after), size.Budget()
		if sum.MilliCPU > budget.MilliCPU || sum.MilliBytes > budget.MilliBytes {
			t.Errorf("L4: %v is handed out of %v", sum, budget)
		}
		before := slices.Concat(spec.InitContainers, spec.Containers)
		for i, c := range slices.Concat(after.InitContainers, after.Containers) {
			for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
				was, is := statedOf(&before[i].Resources, name), statedOf(&c.Resources, name)
				if is.request != is.limit {
					t.Errorf("L2: %s %s: request %d, limit %d", c.Name, name, is.request, is.limit)
				}
				if is.request < was.request {
					t.Errorf("L3: %s %s: %d was requested, %d is", c.Name, name, was.request, is.request)
				}
				if was.limit > 0 && is.limit > was.limit {
					t.Errorf("%s %s: the limit rose from %d to %d", c.Name, name, was.limit, is.limit)
				}
				before[i].Resources, c.Resources = corev1.ResourceRequirements{}, corev1.ResourceRequirements{}
			}
			if diff := cmp.Diff(before[i], c); diff != "" {
				t.Errorf("L7: %s", diff)
			}
		}
		var again Patch
		fitResources(&again, nil, after, after, false, size)
		if len(again) > 0 {
			t.Errorf("L5: a second time changes %v", again)
		}
	})
}

// L6: the order of containers changes neither the size nor, but for the odd
// unit, what equal containers get.
func TestLawFitOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, size := fittable(t)
		spec.InitContainers = nil
		if size2, ok := SizeFor(Requested(spec)); ok {
			size = size2
		}
		turned := spec.DeepCopy()
		slices.Reverse(turned.Containers)
		if got, ok := SizeFor(Requested(turned)); !ok || got != size {
			t.Fatalf("turned round, the size is %v and not %v", got, size)
		}
		after, afterTurned := fitPod(t, spec, size), fitPod(t, turned, size)
		slices.Reverse(afterTurned.Containers)
		for i := range after.Containers {
			near(t, "turned round", &after.Containers[i], &afterTurned.Containers[i])
			for j := range i {
				if cmp.Equal(spec.Containers[i].Resources, spec.Containers[j].Resources) {
					near(t, "equal containers", &after.Containers[i], &after.Containers[j])
				}
			}
		}
	})
}

// near demands that two containers differ by no more than one unit.
func near(t *rapid.T, what string, a, b *corev1.Container) {
	for _, d := range dimensions(Amount{}) {
		x, y := statedOf(&a.Resources, d.name).request, statedOf(&b.Resources, d.name).request
		if max(x, y)-min(x, y) > d.unit {
			t.Errorf("L6: %s: %s has %d %s and %s has %d", what, a.Name, x, d.name, b.Name, y)
		}
	}
}
