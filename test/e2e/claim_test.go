package e2e

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// TestClaimedByEKS is what all is for: a pod without the label of its profile ends up as Fargate's, because our labels are there before
// EKS's webhook looks (S1). It makes no difference to a pod that is not meant for Fargate.
func TestClaimedByEKS(t *testing.T) {
	c, _ := withWebhook(t)
	runEKS(t, c)
	namespace := newNamespace(t, c, "fargate-", map[string]string{"eks": "true"})
	awaitEKS(t, c, namespace)

	t.Run("unlabelled", func(t *testing.T) {
		apply(t, c, namespace, manifest(t, "pods/bare.yaml"))
		pod := getPod(t, c, namespace, "bare")
		want := map[string]string{"run": "on-fargate", "eks.amazonaws.com/fargate-profile": "each-test"}
		if diff := cmp.Diff(want, pod.Labels); diff != "" {
			t.Errorf("labels (-want +got):\n%s", diff)
		}
		if pod.Spec.SchedulerName != "fargate-scheduler" || pod.Spec.PriorityClassName != "system-node-critical" || *pod.Spec.Priority != 2000001000 {
			t.Errorf("scheduler %s, priority %s %d", pod.Spec.SchedulerName, pod.Spec.PriorityClassName, *pod.Spec.Priority)
		}
		checkShares(t, pod.Spec.Containers)
	})
	t.Run("opted out", func(t *testing.T) {
		apply(t, c, namespace, manifest(t, "untouched/pod-opted-out.yaml"))
		if pod := getPod(t, c, namespace, "opted-out"); claimed(pod) || len(pod.Labels) != 0 {
			t.Errorf("labels %v, scheduler %s", pod.Labels, pod.Spec.SchedulerName)
		}
	})
	t.Run("exempt namespace", func(t *testing.T) {
		// The counter-proof: without our labels EKS doesn't claim the very same pod.
		exempt := newNamespace(t, c, "fargate-", map[string]string{"eks": "true", "fargate-webhook/exempt": "true"})
		apply(t, c, exempt, manifest(t, "pods/bare.yaml"))
		if pod := getPod(t, c, exempt, "bare"); claimed(pod) {
			t.Errorf("claimed with the labels %v", pod.Labels)
		}
	})
	t.Run("two profiles", func(t *testing.T) {
		two := newNamespace(t, c, "two-profiles-", map[string]string{"eks": "true"})
		apply(t, c, two, manifest(t, "pods/bare.yaml"))
		if pod := getPod(t, c, two, "bare"); !claimed(pod) || pod.Labels["eks.amazonaws.com/fargate-profile"] != "two-a" {
			t.Errorf("labels %v, scheduler %s", pod.Labels, pod.Spec.SchedulerName)
		}
	})
}

// awaitEKS waits until the API server asks the stand-in.
func awaitEKS(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	probe := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "is-eks-asked", Labels: map[string]string{"run": "on-fargate"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}},
	}
	err := cluster.Await(t.Context(), podsDeadline, "the API server asks EKS's webhook", func(ctx context.Context) error {
		pod, err := c.Clientset().CoreV1().Pods(namespace).Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && !claimed(pod) {
			err = errors.New("a pod that matches a profile is not claimed")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
