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

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/profiles"
)

// sizedNames are the resources by which Fargate sizes a pod.
func sizedNames() [2]corev1.ResourceName {
	return [2]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}
}

// everywhere selects all pods.
func everywhere() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{profile("all", selects("*"))})
}

// mutated is one admission of a pod by its own patch, under a policy and in a
// cluster.
func mutated(t *rapid.T, pod *corev1.Pod, policy Policy, cluster Cluster) (*corev1.Pod, Decision) {
	d := Decide(pod, Request{Operation: OperationCreate, Phase: Mutating, Namespace: "apps", Cluster: cluster}, everywhere(), &policy)
	if d.Trouble != nil {
		t.Fatal(d.Trouble)
	}
	return applyToPod(t, pod, d.Patch), d
}

// admit is one admission under the default policy.
func admit(t *rapid.T, pod *corev1.Pod) *corev1.Pod {
	out, _ := mutated(t, pod, DefaultPolicy(), nil)
	return out
}

func applyToPod(t *rapid.T, pod *corev1.Pod, patch Patch) *corev1.Pod {
	raw, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	var out corev1.Pod
	if err := json.Unmarshal(applyRaw(t, raw, patch), &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

func applyRaw(t *rapid.T, raw []byte, patch Patch) []byte {
	if len(patch) == 0 {
		return raw
	}
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
	return raw
}

// fittable draws pods that some size holds, with 0 to 20 containers.
func fittable(t *rapid.T) (*corev1.Pod, Size) {
	spec := fargatetest.PodSpecs(0, 20).Filter(func(s *corev1.PodSpec) bool {
		_, ok := SizeFor(Requested(s))
		return ok
	}).Draw(t, "spec")
	if rapid.IntRange(0, 9).Draw(t, "overhead") == 0 {
		overhead := corev1.ResourceList{
			corev1.ResourceCPU:    fargatetest.Quantity(corev1.ResourceCPU).Draw(t, "cpu"),
			corev1.ResourceMemory: fargatetest.Quantity(corev1.ResourceMemory).Draw(t, "memory"),
		}
		with := *spec
		with.Overhead = overhead
		if _, ok := SizeFor(Requested(&with)); ok {
			spec = &with
		}
	}
	size, _ := SizeFor(Requested(spec))
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: *spec}, size
}

// pairs gives each container of a pod before and after.
func pairs(before, after *corev1.Pod, yield func(name corev1.ResourceName, c *corev1.Container, was, is stated)) {
	old := slices.Concat(before.Spec.InitContainers, before.Spec.Containers)
	for i, c := range slices.Concat(after.Spec.InitContainers, after.Spec.Containers) {
		for _, name := range sizedNames() {
			yield(name, &c, statedOf(&old[i].Resources, name), statedOf(&c.Resources, name))
		}
	}
}

// The laws of policy Fit: L1 the size stays, L2 requests equal limits, L3
// nothing shrinks, L4 the sum stays within the budget, L5 a second time
// changes nothing.
func TestLawFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, size := fittable(t)
		after, d := mutated(t, pod, DefaultPolicy(), nil)

		if got, ok := SizeFor(Requested(&after.Spec)); !ok || got != size || *d.Size != size {
			t.Errorf("L1: the size was %v and became %v, %v is told", size, got, d.Size)
		}
		if sum := Requested(&after.Spec); !sum.within(size.Budget()) || sum != d.Usage.HandedOut {
			t.Errorf("L4: %v is handed out of %v, %v is told", sum, size.Budget(), d.Usage.HandedOut)
		}
		pairs(pod, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if is.request != is.limit {
				t.Errorf("L2: %s %s: request %d, limit %d", c.Name, name, is.request, is.limit)
			}
			if is.request < was.request {
				t.Errorf("L3: %s %s: %d was requested, %d is", c.Name, name, was.request, is.request)
			}
			if was.limit > 0 && is.limit > max(was.limit, was.request) {
				t.Errorf("%s %s: the limit rose from %d to %d", c.Name, name, was.limit, is.limit)
			}
		})
		if again := admit(t, after); !cmp.Equal(after, again) {
			t.Errorf("L5: a second time changes\n%s", cmp.Diff(after, again))
		}
	})
}

// L6: the order of containers changes neither the size nor, but for the odd
// unit, what equal containers get.
func TestLawFitOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := fittable(t)
		pod.Spec.InitContainers = nil
		turned := pod.DeepCopy()
		slices.Reverse(turned.Spec.Containers)
		after, d := mutated(t, pod, DefaultPolicy(), nil)
		afterTurned, dTurned := mutated(t, turned, DefaultPolicy(), nil)
		if *d.Size != *dTurned.Size {
			t.Fatalf("turned round, the size is %v and not %v", dTurned.Size, d.Size)
		}
		slices.Reverse(afterTurned.Spec.Containers)
		for i := range after.Spec.Containers {
			near(t, "turned round", &after.Spec.Containers[i], &afterTurned.Spec.Containers[i])
			for j := range i {
				if cmp.Equal(pod.Spec.Containers[i].Resources, pod.Spec.Containers[j].Resources) {
					near(t, "equal containers", &after.Spec.Containers[i], &after.Spec.Containers[j])
				}
			}
		}
	})
}

// near demands that two containers differ by no more than one unit.
func near(t *rapid.T, what string, a, b *corev1.Container) {
	for name, unit := range map[corev1.ResourceName]int64{corev1.ResourceCPU: 1, corev1.ResourceMemory: mebibyte} {
		x, y := statedOf(&a.Resources, name).request, statedOf(&b.Resources, name).request
		if max(x, y)-min(x, y) > unit {
			t.Errorf("L6: %s: %s has %d %s and %s has %d", what, a.Name, x, name, b.Name, y)
		}
	}
}

// L7: the patch applied to the raw JSON gives just the values that were
// handed out, and touches nothing else, fields that we don't know included.
func TestLawPatchTouchesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := fittable(t)
		raw := rawWithUnknownFields(t, pod)
		policy := DefaultPolicy()
		_, d := mutated(t, pod, policy, nil)
		patched := decodedPod(t, applyRaw(t, mustMarshal(t, raw), d.Patch))
		terms, err := termsFor(&Request{}, &policy.Settings, &pod.ObjectMeta)
		if err != nil {
			t.Fatal(err)
		}
		a, ok := terms.allot(&pod.Spec)
		if !ok {
			t.Fatal("no size holds it")
		}
		for list, key := range [2]string{"initContainers", "containers"} {
			for i, c := range containersOf(patched, key) {
				var r corev1.ResourceRequirements
				if err := json.Unmarshal(mustMarshal(t, c["resources"]), &r); err != nil {
					t.Fatal(err)
				}
				if got, want := amountOf(&r), a.value(list, i, nil); got != want {
					t.Errorf("%s[%d]: the patch makes it %v, and %v was handed out", key, i, got, want)
				}
				c["resources"] = containersOf(raw, key)[i]["resources"]
			}
		}
		if metadata, ok := patched["metadata"].(map[string]any); ok {
			delete(metadata, "annotations")
		}
		if diff := cmp.Diff(raw, patched); diff != "" {
			t.Errorf("L7: besides the resources and the record it changes\n%s", diff)
		}
	})
}
