package webhook

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
)

const (
	// controllerWait is the longest time that a new pod waits for its controller to be cached.
	controllerWait = 250 * time.Millisecond
	controllerPoll = 5 * time.Millisecond
)

// awaitController waits until the controller of a new object is cached. A ReplicaSet creates its
// pods within milliseconds, and their watch event may still be on its way. What selects the pods,
// and which autoscaler counts their requests, is only known with it. Once the wait is over the
// decision is made without.
func awaitController(ctx context.Context, r cluster.Reader, namespace string, object metav1.Object) {
	owner := metav1.GetControllerOfNoCopy(object)
	if owner == nil || r == nil {
		return
	}
	kind := cluster.Find(owner.APIVersion, owner.Kind)
	if kind == nil || !missing(r, kind, namespace, owner) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, controllerWait)
	defer cancel()
	poll := time.NewTicker(controllerPoll)
	defer poll.Stop()
	for missing(r, kind, namespace, owner) {
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		}
	}
}

// missing reports a controller that the cache doesn't have, or has only a former one of its name.
func missing(r cluster.Reader, kind *cluster.Kind, namespace string, owner *metav1.OwnerReference) bool {
	object, err := r.Get(kind, namespace, owner.Name)
	if err != nil {
		return apierrors.IsNotFound(err)
	}
	return object.GetUID() != owner.UID
}
