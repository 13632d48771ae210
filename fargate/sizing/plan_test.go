package sizing

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	helpers "k8s.io/component-helpers/resource"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
)

// The annotation sets Fit, Limits or Off, in exactly this spelling.
func TestPolicyOf(t *testing.T) {
	for value, want := range map[string]policy.Resources{
		"Fit": policy.ResourcesFit, "Limits": policy.ResourcesLimits, "Off": policy.ResourcesOff, "fit": "", "": "", "Offline": "",
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

// Usage counts the memory that Fargate reserves as provisioned, neither handed out nor unused.
func TestPlanUsage(t *testing.T) {
	spec := &corev1.PodSpec{Containers: containers{fargatetest.Container("a", "300m", "", "1Gi", "")}}
	stands := AsItStands(spec)
	want := Usage{
		Requested: amount("300m", "1Gi"), Provisioned: amount("500m", "2Gi"), HandedOut: amount("300m", "1Gi"), Unused: amount("200m", "768Mi"),
	}
	if got := stands.Usage(); got == nil || *got != want {
		t.Errorf("as it stands: got %+v, want %+v", got, want)
	}
	plan := NewPlan(&metav1.ObjectMeta{}, spec, fitTerms())
	want.HandedOut, want.Unused = amount("500m", "1792Mi"), Amount{}
	if got := plan.Usage(); got == nil || *got != want {
		t.Errorf("fitted: got %+v, want %+v", got, want)
	}
	none := NewPlan(&metav1.ObjectMeta{}, &corev1.PodSpec{Containers: containers{fargatetest.Container("a", "17", "", "", "")}}, fitTerms())
	if got := none.Usage(); got != nil || none.Size != nil || len(none.Patch) > 0 {
		t.Errorf("17 CPU: got usage %+v, size %v, patch %v", got, none.Size, none.Patch)
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
