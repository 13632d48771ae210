package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClaimedByEKS is what all is for: a pod without the label of its profile ends up as Fargate's,
// because our labels are there before EKS's webhook looks (S1). It makes no difference to a pod
// that is not meant for Fargate.
func TestClaimedByEKS(t *testing.T) {
	c, _ := withWebhook(t)
	runEKS(t, c)
	namespace := newNamespace(t, c, "fargate-", map[string]string{"eks": "true"})
	awaitMutator(t, c, namespace, eksName, probePod(), claimed)

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
