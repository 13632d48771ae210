package pending

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
)

// evict asks the API server to evict a pod in the version that was judged, so that a pod that got a
// node in the meantime stays. A failed eviction is retried. trouble says what prevents the
// eviction, for the event about the pod, or "".
//
// A Pending pod does not count as healthy for a PodDisruptionBudget, so evicting it does not reduce
// what the budget protects. If the API server asks to retry later all the same, evict does.
func (t *turn) evict(ctx context.Context, pod *corev1.Pod, s *state, stranding *fargate.Stranding) (trouble string) {
	now := time.Now()
	if !t.options.Evictions.TryAccept() {
		s.again = now // in the next look
		return ""
	}
	err := t.askToEvict(ctx, pod)
	switch {
	case ctx.Err() != nil, apierrors.IsNotFound(err), apierrors.IsConflict(err):
		// The pod is gone, or has changed and will be judged again.
		return ""
	case apierrors.IsTooManyRequests(err):
		t.metrics.evictions.WithLabelValues(resultLater).Inc()
		wait := grace
		if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
			wait = max(wait, time.Duration(seconds)*time.Second)
		}
		s.again = now.Add(wait)
		return "The API server refuses to evict the pod now: the eviction will be retried."
	}
	t.failures.note("eviction of a pending pod failed", err)
	if err == nil {
		t.metrics.evictions.WithLabelValues(resultEvicted).Inc()
		t.options.Logger.Info("evicted a pending pod",
			zap.String("namespace", pod.Namespace), zap.String("pod", pod.Name), zap.String("profile", stranding.Placement.Profile))
		t.reportEvicted(ctx, pod, s, stranding)
		return ""
	}
	t.metrics.evictions.WithLabelValues(resultFailed).Inc()
	s.again = now.Add(patience)
	if apierrors.IsForbidden(err) {
		return "The policy pendingPods: Recreate evicts such pods, but the webhook is not allowed to (docs/pending-pods.md)."
	}
	return fmt.Sprintf("The eviction failed (%s) and will be retried.", cmp.Or(apierrors.ReasonForError(err), "no answer"))
}

func (t *turn) askToEvict(ctx context.Context, pod *corev1.Pod) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return t.options.Client.Evict(ctx, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID, ResourceVersion: &pod.ResourceVersion}},
	})
}
