package e2e

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/test/cluster"
)

// generated draws pods, different ones each time: the log says what to start from to get the same.
func generated(t *testing.T, count, most int) []*corev1.Pod {
	t.Helper()
	seed := rand.Int32()
	t.Logf("the pods are those from seed %d on", seed)
	specs := fargatetest.PodSpecs(1, most)
	pods := make([]*corev1.Pod, count)
	for i := range pods {
		pods[i] = podOf("generated")
		pods[i].Spec = *specs.Example(int(seed) + i)
	}
	return pods
}

// each calls check for each pod, four at a time.
func each(t *testing.T, pods []*corev1.Pod, check func(*corev1.Pod)) {
	t.Helper()
	work := make(chan *corev1.Pod)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for pod := range work {
				check(pod)
			}
		})
	}
	for _, pod := range pods {
		work <- pod
	}
	close(work)
	group.Wait()
}

// dryRun has a pod created in a dry run. An error is the API server's refusal; the test ends with
// any other.
func dryRun(ctx context.Context, t *testing.T, c *cluster.Cluster, namespace string, pod *corev1.Pod) (*corev1.Pod, error) {
	t.Helper()
	created, err := c.Clientset().CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil && !apierrors.IsForbidden(err) && !apierrors.IsInvalid(err) {
		t.Errorf("pod in %s: %v", namespace, err)
	}
	return created, err
}

// TestLawOnServer: whatever the API server takes it takes from us too, with requests within
// limits and of the size that it had.
func TestLawOnServer(t *testing.T) {
	c, _ := withWebhook(t)
	ours := newNamespace(t, c, "fargate-", nil)
	exempt := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"})
	var taken, refused atomic.Int32
	each(t, generated(t, 300, 12), func(pod *corev1.Pod) {
		before, err := dryRun(t.Context(), t, c, exempt, pod)
		if err != nil {
			refused.Add(1)
			return
		}
		if _, ok := sizing.For(sizing.Requested(&before.Spec)); !ok {
			return // no Fargate size holds it (F3.6): that is for the rule pod-size
		}
		taken.Add(1)
		after, err := dryRun(t.Context(), t, c, ours, pod)
		if err != nil {
			t.Errorf("taken without us, refused with us: %v\n%s", err, specText(pod))
			return
		}
		checkSize(t, &before.Spec, &after.Spec)
		checkLimits(t, after)
	})
	t.Logf("%d were taken, %d refused without us", taken.Load(), refused.Load())
	if taken.Load() < 50 {
		t.Error("too few were taken for this to mean anything")
	}
}

func specText(pod *corev1.Pod) string {
	text, err := json.Marshal(pod.Spec)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
