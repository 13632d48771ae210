package fargate

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/profiles"
)

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
// been there from the start, under every policy; and a further call changes
// nothing.
func TestLawInjectedSidecar(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	native := container("proxy", "10m", "40Mi", "2", "1Gi")
	native.RestartPolicy = &always
	sidecars := []corev1.Container{
		container("istio-proxy", "10m", "40Mi", "2", "1Gi"),
		container("agent", "100m", "256Mi", "", ""),
		{Name: "bare"},
		native,
	}
	rapid.Check(t, func(t *rapid.T) {
		policy := DefaultPolicy()
		policy.Resources = rapid.SampledFrom([]ResourcesPolicy{ResourcesFit, ResourcesLimits}).Draw(t, "policy")
		if rapid.Bool().Draw(t, "minimum") {
			policy.Minimum = Amount{MilliCPU: 70, MilliBytes: 50 * mebibyte}
		}
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: *fargatetest.PodSpecs(0, 4).Draw(t, "spec")}
		if rapid.Bool().Draw(t, "managed fields") {
			at := metav1.NewTime(metav1.Now().Rfc3339Copy().Time)
			pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl", Operation: metav1.ManagedFieldsOperationUpdate, Time: &at}}
		}
		sidecar := rapid.SampledFrom(sidecars).Draw(t, "sidecar")
		at := rapid.IntRange(0, 1).Draw(t, "at")
		inject := func(pod *corev1.Pod) *corev1.Pod {
			out := pod.DeepCopy()
			list := &out.Spec.Containers
			if isSidecar(&sidecar) {
				list = &out.Spec.InitContainers
			}
			*list = slices.Insert(*list, at*len(*list), sidecar)
			return out
		}
		if _, ok := SizeFor(Requested(&inject(pod).Spec)); !ok {
			t.Skip("no size holds it")
		}
		admit := func(pod *corev1.Pod) *corev1.Pod {
			out, _ := mutated(t, pod, policy, nil)
			return out
		}
		want := admit(inject(pod))
		got := admit(inject(admit(pod)))
		if diff := cmp.Diff(values(want), values(got)); diff != "" {
			t.Errorf("-from the start +injected later:\n%s", diff)
		}
		// A list that the first call has emptied is gone after the next reading.
		if diff := cmp.Diff(got, admit(got), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a further call changes\n%s", diff)
		}
	})
}

// values are the amounts of all containers, however they are written, and which
// of their resources are stated.
func values(pod *corev1.Pod) map[string]string {
	out := map[string]string{}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		text := fmt.Sprint(amountOf(&c.Resources))
		for _, name := range sizedNames() {
			_, request := c.Resources.Requests[name]
			_, limit := c.Resources.Limits[name]
			text += fmt.Sprint(" ", name, request, limit)
		}
		out[c.Name] = text
	}
	return out
}

// A value that somebody changed after us counts as asked for; what else was
// asked for stays so.
func TestLawChangedSince(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}, container("b", "50m", "64Mi", "", "")}}}
		first := admit(t, pod)
		changed := resource.MustParse(rapid.SampledFrom([]string{"60m", "300m", "1"}).Draw(t, "cpu"))
		withLimit := rapid.Bool().Draw(t, "limit")
		change := func(pod *corev1.Pod) *corev1.Pod {
			out := pod.DeepCopy()
			r := &out.Spec.Containers[1].Resources
			r.Requests[corev1.ResourceCPU] = changed
			if withLimit {
				r.Limits = withEntry(r.Limits, corev1.ResourceCPU, r.Requests)
			}
			return out
		}
		// A limit of ours is none of whoever changes the request only.
		want, got := admit(t, change(pod)), admit(t, change(first))
		if diff := cmp.Diff(values(want), values(got)); diff != "" {
			t.Errorf("-asked for at first +changed since:\n%s", diff)
		}
	})
}

// A record of another admission, on a pod pasted from the cluster or in a
// template, says nothing: each container keeps what it states, whatever stands
// beside it.
func TestLawRecordOfAnotherAdmission(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := &corev1.Pod{Spec: *fargatetest.PodSpecs(1, 4).Draw(t, "spec")}
		createdAt := func(minute int, pod *corev1.Pod) *corev1.Pod {
			at := metav1.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)
			pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl", Time: &at}}
			return pod
		}
		pod.Namespace, pod.Name = "apps", "web"
		first := admit(t, createdAt(1, pod))
		pasted := createdAt(2, first.DeepCopy())
		// A program may make a copy within the same second, of another name or in another namespace.
		switch rapid.SampledFrom([]string{"later", "name", "namespace", "made name"}).Draw(t, "copy") {
		case "name":
			createdAt(1, pasted).Name = "web-2"
		case "namespace":
			createdAt(1, pasted).Namespace = "other"
		case "made name":
			createdAt(1, pasted).Name, pasted.GenerateName = "", "web-"
		}
		pasted.Spec.Containers = append(pasted.Spec.Containers, corev1.Container{Name: "another"})
		after := admit(t, pasted)
		pairs(pasted, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if is.request < was.request {
				t.Errorf("%s %s: %d is stated, %d it becomes", c.Name, name, was.request, is.request)
			}
		})
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
		pod := admit(t, &corev1.Pod{Spec: *fargatetest.PodSpecs(0, 4).Draw(t, "spec")})
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
