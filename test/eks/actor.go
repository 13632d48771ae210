package eks

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// workers is how many keys an actor works on at the same time.
const workers = 4

// actor works on one key after another, on each until it is done. The work on a key returns after
// which time to look again, 0 for not before the next change.
type actor struct {
	world *World
	queue workqueue.TypedRateLimitingInterface[string]
	act   func(ctx context.Context, key string) (again time.Duration, err error)
}

func (w *World) newActor(act func(context.Context, string) (time.Duration, error)) *actor {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[string](10*time.Millisecond, 5*time.Second)
	return &actor{world: w, queue: workqueue.NewTypedRateLimitingQueue(limiter), act: act}
}

func (a *actor) add(key string) { a.queue.Add(key) }

// start starts the workers, which end with the world.
func (a *actor) start() {
	for range workers {
		a.world.run(func(ctx context.Context) {
			for a.next(ctx) {
			}
		})
	}
	a.world.run(func(ctx context.Context) {
		<-ctx.Done()
		a.queue.ShutDown()
	})
}

// next works on the next key. It returns false when there will be none.
func (a *actor) next(ctx context.Context) bool {
	key, ended := a.queue.Get()
	if ended {
		return false
	}
	defer a.queue.Done(key)
	again, err := a.act(ctx, key)
	switch {
	case ctx.Err() != nil:
	case apierrors.IsConflict(err): // the change that conflicts comes
		a.queue.AddRateLimited(key)
	case err != nil:
		a.world.log("%s: %v", key, err)
		a.queue.AddRateLimited(key)
	case again > 0:
		a.queue.AddAfter(key, again)
	default:
		a.queue.Forget(key)
	}
	return true
}

// podState is what is remembered of a pod that has no node.
type podState struct {
	seen    time.Time
	refused bool   // fargate-scheduler doesn't look again (F2.18)
	node    string // the Fargate node that was made for it
	message string // of its last event
}

// waiting returns a pod that waits for a scheduler, and what is remembered of it; nil if it doesn't.
// One actor only works on a pod, so its state needs no lock.
func (w *World) waiting(key, scheduler string) (*corev1.Pod, *podState) {
	pod := w.pod(key)
	if pod == nil || pod.Spec.NodeName != "" || pod.DeletionTimestamp != nil || pod.Spec.SchedulerName != scheduler || len(pod.Spec.SchedulingGates) > 0 {
		return nil, nil
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	state := w.states[string(pod.UID)]
	if state == nil {
		state = &podState{seen: time.Now()}
		w.states[string(pod.UID)] = state
	}
	return pod, state
}

func (w *World) forget(pod *corev1.Pod) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	delete(w.states, string(pod.UID))
}

// pod returns a pod by its key, nil if it is gone. It must not be changed.
func (w *World) pod(key string) *corev1.Pod {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return nil
	}
	pod, err := w.pods.Pods(namespace).Get(name)
	if err != nil {
		return nil
	}
	return pod
}

// podsOn returns the pods that are bound to a node.
func (w *World) podsOn(node string) []*corev1.Pod {
	all, err := w.pods.List(labels.Everything())
	if err != nil {
		return nil
	}
	var found []*corev1.Pod
	for _, pod := range all {
		if pod.Spec.NodeName == node {
			found = append(found, pod)
		}
	}
	return found
}

// event reports something about a pod, as a component of EKS.
func (w *World) event(ctx context.Context, pod *corev1.Pod, component, kind, reason, message string) error {
	now := metav1.Now()
	_, err := w.client.CoreV1().Events(pod.Namespace).Create(ctx, &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: fmt.Sprintf("%.230s.%016x", pod.Name, rand.Uint64())}, //nolint:gosec // a name, no secret
		InvolvedObject: corev1.ObjectReference{
			APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, ResourceVersion: pod.ResourceVersion,
		},
		Type: kind, Reason: reason, Message: message, Source: corev1.EventSource{Component: component},
		FirstTimestamp: now, LastTimestamp: now, Count: 1,
	}, metav1.CreateOptions{})
	return err
}

// unschedulable sets the condition of a pod that gets no node.
func (w *World) unschedulable(ctx context.Context, pod *corev1.Pod, reason, message string) error {
	changed := pod.DeepCopy()
	setCondition(&changed.Status, corev1.PodScheduled, corev1.ConditionFalse, reason, message)
	_, err := w.client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, changed, metav1.UpdateOptions{})
	return err
}

// setCondition sets a condition of a pod.
func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, value corev1.ConditionStatus, reason, message string) {
	condition := corev1.PodCondition{Type: kind, Status: value, Reason: reason, Message: message, LastTransitionTime: metav1.Now()}
	for i := range status.Conditions {
		if status.Conditions[i].Type == kind {
			status.Conditions[i] = condition
			return
		}
	}
	status.Conditions = append(status.Conditions, condition)
}
