package world

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// admitted creates a pod for a look only, and returns it as all webhooks leave it.
func (f *fixture) admitted(t *testing.T, namespace string, change func(*corev1.Pod)) *corev1.Pod {
	t.Helper()
	pod := probe()
	change(pod)
	got, err := f.cluster.Clientset().CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// isClaimed reports whether EKS has claimed a pod for a profile (F2.5).
func isClaimed(pod *corev1.Pod, profile string) bool {
	return pod.Labels[profileLabel] == profile && pod.Spec.SchedulerName == "fargate-scheduler" &&
		pod.Spec.PriorityClassName == "system-node-critical" && *pod.Spec.Priority == 2000001000
}

// TestClaimed is what all is for: a pod without the label of its profile is claimed, because the
// webhook's labels are there before EKS's looks (S1). A pod that isn't meant for Fargate isn't.
func TestClaimed(t *testing.T) {
	f := world(t)
	with, without := f.pair(t, "claimed")
	unchanged := func(*corev1.Pod) {}

	pod := f.admitted(t, with, unchanged)
	if diff := cmp.Diff(map[string]string{"run": "on-fargate", profileLabel: with}, pod.Labels); diff != "" || !isClaimed(pod, with) {
		t.Errorf("scheduler %s, priority %s; labels (-want +got):\n%s", pod.Spec.SchedulerName, pod.Spec.PriorityClassName, diff)
	}
	pod = f.admitted(t, with, func(pod *corev1.Pod) { pod.Annotations = map[string]string{"eks.amazonaws.com/compute-type": "ec2"} })
	if len(pod.Labels) > 0 || pod.Spec.SchedulerName != corev1.DefaultSchedulerName {
		t.Errorf("opted out: labels %v, scheduler %s", pod.Labels, pod.Spec.SchedulerName)
	}
	// The counter-proof: without our labels EKS doesn't claim the very same pod.
	if pod = f.admitted(t, without, unchanged); len(pod.Labels) > 0 || pod.Spec.SchedulerName != corev1.DefaultSchedulerName {
		t.Errorf("exempt: labels %v, scheduler %s", pod.Labels, pod.Spec.SchedulerName)
	}
	class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: with}, Value: 7}
	if _, err := f.cluster.Clientset().SchedulingV1().PriorityClasses().Create(t.Context(), class, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	ownPriority := func(pod *corev1.Pod) { pod.Spec.PriorityClassName = with }
	f.await(t, "the API server knows the PriorityClass", func(ctx context.Context) error { // it has a cache of them
		pod := probe()
		ownPriority(pod)
		_, err := f.cluster.Clientset().CoreV1().Pods("default").Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	})
	if pod = f.admitted(t, with, ownPriority); !isClaimed(pod, with) { // S32
		t.Errorf("of its own priority: %s, labels %v", pod.Spec.PriorityClassName, pod.Labels)
	}
}

// TestClaimedByOneOfTwo: the first profile by name takes a pod, or the one that its label names
// (F1.6, F1.7).
func TestClaimedByOneOfTwo(t *testing.T) {
	f := world(t)
	namespace := f.namespace(t, "two", nil)
	first, second := "a-"+namespace, "b-"+namespace
	f.profile(t, second, namespace)
	f.profile(t, first, namespace)
	f.awaitWebhook(t, namespace)
	if pod := f.admitted(t, namespace, func(*corev1.Pod) {}); !isClaimed(pod, first) {
		t.Errorf("labels %v, scheduler %s", pod.Labels, pod.Spec.SchedulerName)
	}
	pinned := func(pod *corev1.Pod) { pod.Labels = map[string]string{profileLabel: second} }
	if pod := f.admitted(t, namespace, pinned); !isClaimed(pod, second) || pod.Labels["run"] != "on-fargate" {
		t.Errorf("with a pin: labels %v, scheduler %s", pod.Labels, pod.Spec.SchedulerName)
	}
}
