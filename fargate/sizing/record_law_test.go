package sizing

import (
	"fmt"
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
	"fargate-webhook/policy"
)

// A sidecar that another webhook injects later leads to the same resources as one that was there
// from the start, under every policy, and a further call changes nothing.
func TestLawInjectedSidecar(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	native := fargatetest.Container("proxy", "10m", "2", "40Mi", "1Gi")
	native.RestartPolicy = &always
	sidecars := []corev1.Container{
		fargatetest.Container("istio-proxy", "10m", "2", "40Mi", "1Gi"),
		fargatetest.Container("agent", "100m", "", "256Mi", ""),
		{Name: "bare"},
		native,
	}
	rapid.Check(t, func(t *rapid.T) {
		resources := rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits}).Draw(t, "policy")
		var minimum corev1.ResourceList
		if rapid.Bool().Draw(t, "minimum") {
			minimum = fargatetest.Quantities("70m", "50Mi")
		}
		var ranges []*corev1.LimitRange
		if rapid.IntRange(0, 3).Draw(t, "LimitRange") == 0 {
			ranges = append(ranges, drawLimitRange(t))
		}
		terms := NewTerms(resources, minimum, ranges, nil, drawHolds(t)...)
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
			if IsSidecar(&sidecar) {
				list = &out.Spec.InitContainers
			}
			*list = slices.Insert(*list, at*len(*list), sidecar)
			return out
		}
		if _, ok := For(Requested(&inject(pod).Spec)); !ok {
			t.Skip("no size holds the pod")
		}
		admit := func(pod *corev1.Pod) *corev1.Pod {
			out, _ := admitted(t, pod, terms)
			return out
		}
		want := admit(inject(pod))
		got := admit(inject(admit(pod)))
		if diff := cmp.Diff(values(want), values(got)); diff != "" {
			t.Errorf("-there from the start +injected later:\n%s", diff)
		}
		// A list that the first call emptied is absent once it is decoded again.
		if diff := cmp.Diff(got, admit(got), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a further call changes\n%s", diff)
		}
	})
}

// values returns what each container requests and is limited to, in whatever unit it is written,
// and which of its resources are stated.
func values(pod *corev1.Pod) map[string]string {
	out := map[string]string{}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		text := fmt.Sprint(requestOf(&c, 0), " ", requestOf(&c, 1))
		for _, name := range sized {
			_, request := c.Resources.Requests[name]
			_, limit := c.Resources.Limits[name]
			text += fmt.Sprint(" ", name, request, limit, Limit(&c.Resources, name))
		}
		out[c.Name] = text
	}
	return out
}

// A value that another webhook changes after the first call counts as requested; the other
// originals stay.
func TestLawChangedAfterFirstCall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}, fargatetest.Container("b", "50m", "", "64Mi", "")}}}
		first := fit(t, pod)
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
		// The limit that the first call set is not taken for one of the webhook that changes only
		// the request.
		want, got := fit(t, change(pod)), fit(t, change(first))
		if diff := cmp.Diff(values(want), values(got)); diff != "" {
			t.Errorf("-requested from the start +changed later:\n%s", diff)
		}
	})
}

// A record of another admission, on a pasted pod or in a template, is ignored: each container keeps
// at least what it states.
func TestLawRecordOfAnotherAdmissionIsIgnored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := &corev1.Pod{Spec: *fargatetest.PodSpecs(1, 4).Draw(t, "spec")}
		createdAt := func(minute int, pod *corev1.Pod) *corev1.Pod {
			at := metav1.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)
			pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl", Time: &at}}
			return pod
		}
		pod.Namespace, pod.Name = "apps", "web"
		first := fit(t, createdAt(1, pod))
		pasted := createdAt(2, first.DeepCopy())
		// A program may create a copy within the same second, with another name or in another
		// namespace.
		switch rapid.SampledFrom([]string{"later", "name", "namespace", "generateName"}).Draw(t, "copy") {
		case "name":
			createdAt(1, pasted).Name = "web-2"
		case "namespace":
			createdAt(1, pasted).Namespace = "other"
		case "generateName":
			createdAt(1, pasted).Name, pasted.GenerateName = "", "web-"
		}
		pasted.Spec.Containers = append(pasted.Spec.Containers, corev1.Container{Name: "another"})
		compare(pasted, fit(t, pasted), func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if is.request < was.request {
				t.Errorf("%s %s: the request fell from %d to %d", c.Name, name, was.request, is.request)
			}
		})
	})
}

// A pod that is created again as the cluster shows it stays as it is, and without the record it
// still requests as much.
func TestLawPastedPodStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := fit(t, &corev1.Pod{Spec: *fargatetest.PodSpecs(0, 4).Draw(t, "spec")})
		if diff := cmp.Diff(pod, fit(t, pod.DeepCopy())); diff != "" {
			t.Error(diff)
		}
		bare := pod.DeepCopy()
		clear(bare.Annotations)
		if diff := cmp.Diff(values(pod), values(fit(t, bare))); diff != "" {
			t.Errorf("without the record:\n%s", diff)
		}
	})
}
