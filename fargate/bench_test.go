package fargate

import (
	"encoding/json"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	helpers "k8s.io/component-helpers/resource"

	"fargate-webhook/profiles"
)

// fiveContainers is a pod of five containers that lacks its profile's label.
func fiveContainers() *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}}}
	for i := range 5 {
		c := container(fmt.Sprintf("c%d", i), "50m", "64Mi", "", "")
		pod.Spec.Containers = append(pod.Spec.Containers, c)
	}
	return pod
}

// The sum of the requests, ours beside the scheduler's.
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

// What each container gets: sum, size and shares, without writing it down.
func BenchmarkAllot(b *testing.B) {
	pod := fiveContainers()
	policy := DefaultPolicy()
	terms, err := termsFor(&Request{}, &policy.Settings, &pod.ObjectMeta)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		terms.allot(&pod.Spec)
	}
}

// A whole decision, beside what it costs only to marshal the pod, as any
// webhook does that compares two marshalled pods.
func BenchmarkDecide(b *testing.B) {
	pod := fiveContainers()
	policy := DefaultPolicy()
	index := profiles.NewIndex([]profiles.Profile{profile("apps", selects("apps", "run", "on-fargate"))})
	b.Run("decide", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Decide(pod, Request{Operation: OperationCreate, Namespace: "apps"}, index, &policy)
		}
	})
	b.Run("marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(pod); err != nil {
				b.Fatal(err)
			}
		}
	})
}
