package sizing

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	helpers "k8s.io/component-helpers/resource"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
)

// The annotation sets Fit, Guaranteed, Limits or Off, in exactly this spelling.
func TestPolicyOf(t *testing.T) {
	for value, want := range map[string]policy.Resources{
		"Fit": policy.ResourcesFit, "Guaranteed": policy.ResourcesGuaranteed, "Limits": policy.ResourcesLimits, "Off": policy.ResourcesOff,
		"fit": "", "": "", "Offline": "",
	} {
		got, ok := PolicyOf(&metav1.ObjectMeta{Annotations: map[string]string{ResourcesAnnotation: value}})
		if got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", value, got, ok, want)
		}
	}
	if got, ok := PolicyOf(&metav1.ObjectMeta{}); ok {
		t.Errorf("without annotations: got %q", got)
	}
}

// Usage counts the memory that Fargate reserves as provisioned, neither handed out nor unused. What
// the long-running containers may use is handed out: their limits, and without a limit the whole
// size. An init container hides no waste.
func TestPlanUsage(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	sidecar := fargatetest.Container("proxy", "", "50m", "", "20Mi")
	sidecar.RestartPolicy = &always
	wait := corev1.Container{Name: "wait"}
	spec := func(cs ...corev1.Container) *corev1.PodSpec { return &corev1.PodSpec{Containers: cs} }
	withInit := func(s *corev1.PodSpec, init ...corev1.Container) *corev1.PodSpec {
		s.InitContainers = init
		return s
	}
	limited := func() *corev1.PodSpec { return spec(fargatetest.Container("a", "", "100m", "", "100Mi")) }
	withOverhead := limited()
	withOverhead.Overhead = fargatetest.Quantities("10m", "10Mi")
	podLevel := spec(corev1.Container{Name: "a"})
	podLevel.Resources = &corev1.ResourceRequirements{Limits: fargatetest.Quantities("100m", "100Mi")}
	off := NewTerms(policy.ResourcesOff, nil, nil, nil)
	small := amount("250m", "512Mi")
	for name, c := range map[string]struct {
		spec  *corev1.PodSpec
		terms *Terms
		want  Usage
	}{
		"no limit, as it stands":      {spec(fargatetest.Container("a", "300m", "", "1Gi", "")), off, Usage{Requested: amount("300m", "1Gi"), Provisioned: amount("500m", "2Gi"), HandedOut: amount("500m", "1792Mi")}},
		"no limit":                    {spec(fargatetest.Container("a", "300m", "", "1Gi", "")), fitTerms(), Usage{Requested: amount("300m", "1Gi"), Provisioned: amount("500m", "2Gi"), HandedOut: amount("500m", "1792Mi")}},
		"a limit":                     {limited(), fitTerms(), Usage{Requested: amount("100m", "100Mi"), Provisioned: small, HandedOut: amount("100m", "100Mi"), Unused: amount("150m", "156Mi")}},
		"an init container":           {withInit(limited(), wait), fitTerms(), Usage{Requested: amount("100m", "100Mi"), Provisioned: small, HandedOut: amount("100m", "100Mi"), Unused: amount("150m", "156Mi")}},
		"a large init container":      {withInit(limited(), fargatetest.Container("wait", "200m", "", "200Mi", "")), fitTerms(), Usage{Requested: amount("200m", "200Mi"), Provisioned: small, HandedOut: amount("100m", "100Mi"), Unused: amount("150m", "156Mi")}},
		"a sidecar":                   {withInit(limited(), sidecar, wait), fitTerms(), Usage{Requested: amount("150m", "120Mi"), Provisioned: small, HandedOut: amount("150m", "120Mi"), Unused: amount("100m", "136Mi")}},
		"a sidecar, as it stands":     {withInit(limited(), sidecar, wait), off, Usage{Requested: amount("150m", "120Mi"), Provisioned: small, HandedOut: amount("150m", "120Mi"), Unused: amount("100m", "136Mi")}},
		"overhead":                    {withOverhead, fitTerms(), Usage{Requested: amount("110m", "110Mi"), Provisioned: small, HandedOut: amount("110m", "110Mi"), Unused: amount("140m", "146Mi")}},
		"overhead, as it stands":      {withOverhead, off, Usage{Requested: amount("110m", "110Mi"), Provisioned: small, HandedOut: amount("110m", "110Mi"), Unused: amount("140m", "146Mi")}},
		"a limit of the pod":          {podLevel, fitTerms(), Usage{Requested: amount("100m", "100Mi"), Provisioned: small, HandedOut: amount("100m", "100Mi"), Unused: amount("150m", "156Mi")}},
		"limits beyond, as it stands": {spec(fargatetest.Container("a", "100m", "9", "100Mi", "200Mi")), off, Usage{Requested: amount("100m", "100Mi"), Provisioned: small, HandedOut: amount("250m", "200Mi"), Unused: amount("0", "56Mi")}},
	} {
		plan := NewPlan(&metav1.ObjectMeta{}, c.spec, c.terms)
		if got := plan.Usage(); got == nil || *got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	none := NewPlan(&metav1.ObjectMeta{}, spec(fargatetest.Container("a", "17", "", "", "")), fitTerms())
	if got := none.Usage(); got != nil || none.Size != nil || len(none.Patch) > 0 {
		t.Errorf("17 CPU: got usage %+v, size %v, patch %v", got, none.Size, none.Patch)
	}
}

// A limit that falls to less than half is named, while it is lowered and once it is.
func TestPlanNamesCuts(t *testing.T) {
	spec := corev1.PodSpec{
		InitContainers: containers{fargatetest.Container("setup", "100m", "500m", "", "")},
		Containers:     containers{fargatetest.Container("burst", "100m", "3", "450Mi", "6000Mi"), fargatetest.Container("calm", "50m", "501m", "", "100Mi")},
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod", Annotations: map[string]string{"a": "b"}}, Spec: spec}
	after, plan := admitted(t, pod, fitTerms())
	want := []Cut{
		{"containers", 0, corev1.ResourceCPU, 3000, 250},
		{"containers", 0, corev1.ResourceMemory, 6000 * mebibyte, 768 * mebibyte},
		{"containers", 1, corev1.ResourceCPU, 501, 250},
	}
	if diff := cmp.Diff(want, plan.Cuts); diff != "" || plan.Size.String() != "0.25 vCPU / 1Gi" {
		t.Errorf("size %v, cuts -want +got:\n%s", plan.Size, diff)
	}
	if diff := cmp.Diff(want, AsAdmitted(&after.ObjectMeta, &after.Spec).Cuts); diff != "" {
		t.Errorf("once admitted -want +got:\n%s", diff)
	}
	after.Spec.Containers[1].Resources.Limits[corev1.ResourceCPU] = resource.MustParse("240m")
	if diff := cmp.Diff(want[:2], AsAdmitted(&after.ObjectMeta, &after.Spec).Cuts); diff != "" {
		t.Errorf("once changed by others -want +got:\n%s", diff)
	}
	at := metav1.Now()
	after.ManagedFields = []metav1.ManagedFieldsEntry{{Time: &at}}
	if got := AsAdmitted(&after.ObjectMeta, &after.Spec).Cuts; got != nil {
		t.Errorf("in another admission: %v", got)
	}
}

// A pod with pod-level resources keeps its containers as they are (F3.8).
func TestPodLevelResourcesKeepContainers(t *testing.T) {
	spec := &corev1.PodSpec{
		Resources:  &corev1.ResourceRequirements{Requests: fargatetest.Quantities("1", "")},
		Containers: containers{fargatetest.Container("a", "100m", "2", "", "")},
	}
	if plan := NewPlan(&metav1.ObjectMeta{}, spec, fitTerms()); len(plan.Patch) > 0 || plan.LimitsFit || plan.Size.String() != "1 vCPU / 2Gi" {
		t.Errorf("size %v, limits fit %v, patch %v", plan.Size, plan.LimitsFit, plan.Patch)
	}
}

// As many containers as a request body holds get their size in time that grows no faster than their
// number, and stay as they are. Up to maxContainers get their share, even in the order that takes
// longest.
func TestManyContainers(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	many := func(n int) *corev1.PodSpec {
		spec := &corev1.PodSpec{}
		for i := range n {
			c := corev1.Container{Name: "c"}
			if i%2 == 0 {
				c.RestartPolicy = &always
			}
			spec.InitContainers = append(spec.InitContainers, c)
		}
		return spec
	}
	for n, shared := range map[int]bool{400_000: false, maxContainers + 1: false, maxContainers: true} {
		if plan := NewPlan(&metav1.ObjectMeta{}, many(n), fitTerms()); (len(plan.Patch) > 0) != shared || plan.Size == nil {
			t.Errorf("%d containers: size %v, %d operations", n, plan.Size, len(plan.Patch))
		}
	}
}

// fiveContainers returns a pod of five containers.
func fiveContainers() *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}}}
	for i := range 5 {
		pod.Spec.Containers = append(pod.Spec.Containers, fargatetest.Container(fmt.Sprintf("c%d", i), "50m", "", "64Mi", ""))
	}
	return pod
}

// BenchmarkRequested sums up requests, with the scheduler's function beside it.
func BenchmarkRequested(b *testing.B) {
	pod := fiveContainers()
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Requested(&pod.Spec)
		}
	})
	b.Run("component-helpers", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			helpers.PodRequests(pod, helpers.PodResourcesOptions{})
		}
	})
}

// BenchmarkAllot computes sum, size and shares, without writing a patch.
func BenchmarkAllot(b *testing.B) {
	pod, terms := fiveContainers(), fitTerms()
	b.ReportAllocs()
	for b.Loop() {
		terms.allot(&pod.Spec)
	}
}
