package eks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Patching is how EKS has replaced a pod to patch the operating system below it.
type Patching struct {
	// Refused are the messages of the evictions that the API server has refused, for the sake of a
	// PodDisruptionBudget or of several.
	Refused []string
	// Deleted is set if the pod was deleted in the end, whatever its budget says.
	Deleted bool
}

// Patch replaces a pod as EKS does when it patches a Fargate node (F10.3): it evicts the pod. If
// that is refused it tries again at the time that it has announced, and deletes the pod if that is
// refused too.
func (w *World) Patch(ctx context.Context, namespace, name string) (Patching, error) {
	pod, err := w.client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return Patching{}, fmt.Errorf("patch the node of pod %s/%s: %w", namespace, name, err)
	}
	var done Patching
	options := exactly(pod)
	for attempt := range 2 {
		if attempt > 0 && !pause(ctx, w.options.PatchGrace) {
			return done, ctx.Err()
		}
		err := w.client.PolicyV1().Evictions(namespace).Evict(ctx, &policyv1.Eviction{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, DeleteOptions: &options,
		})
		// Several budgets give an internal error.
		if !apierrors.IsTooManyRequests(err) && !apierrors.IsInternalError(err) {
			return done, err
		}
		done.Refused = append(done.Refused, message(err))
	}
	done.Deleted = true
	return done, w.client.CoreV1().Pods(namespace).Delete(ctx, name, options)
}

// message returns what the API server says about an error, with its causes.
func message(err error) string {
	texts := []string{err.Error()}
	if status, ok := errors.AsType[*apierrors.StatusError](err); ok && status.ErrStatus.Details != nil {
		for _, cause := range status.ErrStatus.Details.Causes {
			texts = append(texts, cause.Message)
		}
	}
	return strings.Join(texts, ": ")
}
