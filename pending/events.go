package pending

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/events"
)

// reasonEvicted is the reason of the event about a pod that was evicted.
const reasonEvicted = "EvictedForFargate"

// report creates an event about a pod, once for each profile and finding. addition is appended to
// its message.
func (t *turn) report(ctx context.Context, pod *corev1.Pod, s *state, stranding *fargate.Stranding, addition string) {
	message := describe(s.finding, stranding)
	if addition != "" {
		message += " " + addition
	}
	event := newEvent(pod, corev1.EventTypeWarning, string(s.finding), stranding.Placement.Profile, message)
	if s.lastEvent == event.Name {
		return
	}
	if !t.events.TryAccept() {
		s.again = time.Now()
		return
	}
	made, err := t.record(ctx, event)
	if err != nil {
		s.again = time.Now().Add(grace)
		return
	}
	s.lastEvent = event.Name
	if made {
		t.metrics.events.WithLabelValues(string(s.finding)).Inc()
	}
}

// reportEvicted creates an event about a pod that was evicted.
func (t *turn) reportEvicted(ctx context.Context, pod *corev1.Pod, s *state, stranding *fargate.Stranding) {
	message := fmt.Sprintf("Evicted so that %s %q creates a new pod: EKS schedules a pod on Fargate only if a Fargate profile selects it when it is created, "+
		"and this pod is older than profile %q.", stranding.Owner.Kind, stranding.Owner.Name, stranding.Placement.Profile)
	event := newEvent(pod, corev1.EventTypeNormal, reasonEvicted, stranding.Placement.Profile, message)
	s.lastEvent = event.Name
	_, _ = t.record(ctx, event) // record has logged a failure
}

// record creates an event. made is false if it exists already, created by an earlier leader, or if
// its namespace is being deleted.
func (t *turn) record(ctx context.Context, event *corev1.Event) (made bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = t.options.Client.PodEvents(event.Namespace).Create(ctx, event, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return false, nil
	}
	t.failures.note("event about a pending pod failed", err)
	return err == nil, err
}

// newEvent returns an event whose name depends on the pod, the reason and the profile, so that
// creating it twice fails.
func newEvent(pod *corev1.Pod, kind, reason, profile, message string) *corev1.Event {
	return events.About(&corev1.ObjectReference{
		APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, ResourceVersion: pod.ResourceVersion,
	}, kind, reason, message, reason+" "+profile)
}
