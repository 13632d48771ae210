package fargate

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/profiles"
)

// admit is one admission of a pod in a namespace of Fargate's.
func admit(t *rapid.T, pod *corev1.Pod) *corev1.Pod {
	policy := DefaultPolicy()
	index := profiles.NewIndex([]profiles.Profile{profile("all", selects("*"))})
	d := Decide(pod, Request{Operation: OperationCreate, Namespace: "apps"}, index, &policy)
	return applyToPod(t, pod, d.Patch)
}

func container(name, cpu, memory, cpuLimit, memoryLimit string) corev1.Container {
	c := corev1.Container{Name: name, Resources: corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)},
	}}
	if cpuLimit != "" {
		c.Resources.Limits = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpuLimit), corev1.ResourceMemory: resource.MustParse(memoryLimit)}
	}
	return c
}

// A sidecar that is injected after us gives what it would have given had it
// been there from the start; and a further call changes nothing.
func TestLawInjectedSidecar(t *testing.T) {
	sidecars := []corev1.Container{
		container("istio-proxy", "10m", "40Mi", "2", "1Gi"),
		container("agent", "100m", "256Mi", "", ""),
		{Name: "bare"},
	}
	rapid.Check(t, func(t *rapid.T) {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: *podSpecs(4).Draw(t, "spec")}
		sidecar := rapid.SampledFrom(sidecars).Draw(t, "sidecar")
		first := rapid.Bool().Draw(t, "first")
		inject := func(pod *corev1.Pod) *corev1.Pod {
			out := pod.DeepCopy()
			if first {
				out.Spec.Containers = slices.Insert(out.Spec.Containers, 0, sidecar)
			} else {
				out.Spec.Containers = append(out.Spec.Containers, sidecar)
			}
			return out
		}
		if _, ok := SizeFor(Requested(&inject(pod).Spec)); !ok {
			t.Skip("no size holds it")
		}
		want := admit(t, inject(pod))
		got := admit(t, inject(admit(t, pod)))
		if diff := cmp.Diff(values(want), values(got)); diff != "" {
			t.Errorf("-from the start +injected later:\n%s", diff)
		}
		if diff := cmp.Diff(got, admit(t, got)); diff != "" {
			t.Errorf("a further call changes\n%s", diff)
		}
	})
}

// values are the amounts of all containers, however they are written.
func values(pod *corev1.Pod) map[string]Amount {
	out := map[string]Amount{}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		out[c.Name] = amountOf(&c.Resources)
	}
	return out
}

// A value that somebody changed after us counts as asked for.
func TestLawChangedSince(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}, container("b", "50m", "64Mi", "", "")}}}
		pod = admit(t, pod)
		cpu := rapid.SampledFrom([]string{"60m", "300m", "1"}).Draw(t, "cpu")
		changed := resource.MustParse(cpu)
		pod.Spec.Containers[1].Resources.Requests[corev1.ResourceCPU] = changed
		pod.Spec.Containers[1].Resources.Limits[corev1.ResourceCPU] = changed
		after := admit(t, pod)
		if got := statedOf(&after.Spec.Containers[1].Resources, corev1.ResourceCPU); got.request != changed.MilliValue() || got.limit != changed.MilliValue() {
			t.Errorf("it was set to %s since, and became %v", cpu, got)
		}
	})
}

// A record that doesn't explain the pod, pasted, forged or garbage, never
// lowers what is asked for and never panics.
func TestForgedRecords(t *testing.T) {
	const own = `{"policy":"Fit","containers":{"a":{"set":{"cpu":"1","memory":"1Gi"}}}}`
	for name, text := range map[string]string{
		"empty":               "",
		"garbage":             "{{{",
		"null":                "null",
		"another shape":       `[1,2]`,
		"asked for less":      own,
		"quantities that not": `{"policy":"Fit","containers":{"a":{"set":{"cpu":"much"}}}}`,
		"huge":                `{"policy":"Fit","containers":{"a":{"requests":{"cpu":"1E"},"set":{"cpu":"1E","memory":"1E"}}}}`,
		"negative":            `{"policy":"Fit","containers":{"a":{"requests":{"cpu":"-1","memory":"-1"},"set":{"cpu":"1","memory":"1Gi"}}}}`,
		"others' containers":  `{"policy":"Fit","containers":{"x":{"set":{"cpu":"250m","memory":"256Mi"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{container("a", "1", "1Gi", "1", "1Gi")}}}
			pod.Annotations = map[string]string{RecordAnnotation: text}
			policy := DefaultPolicy()
			index := profiles.NewIndex([]profiles.Profile{profile("all", selects("*"))})
			d := Decide(pod, Request{Operation: OperationCreate, Namespace: "apps"}, index, &policy)
			if len(d.Patch) != 0 || d.Size == nil || d.Size.String() != "1 vCPU / 2Gi" {
				t.Errorf("size %v, patch %v", d.Size, d.Patch)
			}
		})
	}
}

// A pod pasted back as the cluster shows it stays as it is.
func TestLawPasted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := admit(t, &corev1.Pod{Spec: *podSpecs(4).Draw(t, "spec")})
		pasted := pod.DeepCopy()
		if diff := cmp.Diff(pod, admit(t, pasted)); diff != "" {
			t.Error(diff)
		}
		// and without its annotation it is as large and asks for as much.
		bare := pod.DeepCopy()
		maps.DeleteFunc(bare.Annotations, func(string, string) bool { return true })
		if diff := cmp.Diff(values(pod), values(admit(t, bare))); diff != "" {
			t.Error(diff)
		}
	})
}
