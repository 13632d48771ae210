package pending

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
)

const (
	component = "fargate-webhook"
	// reasonEvicted is the reason of the event about a pod that was evicted.
	reasonEvicted = "EvictedForFargate"
	// longestName limits the part of an event's name that comes from the pod. The whole name may
	// have 253 bytes.
	longestName = 230
)

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
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%s %s %s", pod.UID, reason, profile) // a hash never fails to write
	name := pod.Name
	if len(name) > longestName {
		name = strings.TrimRight(name[:longestName], "-.")
	}
	now := metav1.Now()
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: fmt.Sprintf("%s.%016x", name, hash.Sum64())},
		InvolvedObject: corev1.ObjectReference{
			APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, ResourceVersion: pod.ResourceVersion,
		},
		Type: kind, Reason: reason, Message: message,
		Source:         corev1.EventSource{Component: component},
		FirstTimestamp: now, LastTimestamp: now, Count: 1,
	}
}
