package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/doctor"
)

// Found is the pod that a name means.
type Found struct {
	// Pod is that pod, or one like those that a workload creates which has none.
	Pod *corev1.Pod
	// Workload is the name of that workload as it was given, empty for a pod that is there. Idle is
	// true if it wants no pods, and Earlier if it has some of earlier revisions.
	Workload      string
	Idle, Earlier bool
	// about is what has the events: the pod, or what creates it.
	about corev1.ObjectReference
}

var podNames = []string{"pod", "pods", "po"}

// Pod returns the pod that a name such as web-1, pod/web-1 or deployment/web means: of a workload
// the newest pod that isn't ready, or else the newest.
func Pod(ctx context.Context, client dynamic.Interface, namespace, name string) (*Found, error) {
	kind, plain, found := strings.Cut(name, "/")
	if !found {
		kind, plain = "pod", name
	}
	kind = strings.ToLower(kind)
	if plain == "" || strings.Contains(plain, "/") {
		return nil, fmt.Errorf("%q: must be NAME, pod/NAME, or KIND/NAME of a workload", name)
	}
	if slices.Contains(podNames, kind) {
		pod, err := value(Get[corev1.Pod](ctx, client, pods, namespace, plain))
		if err == nil && pod == nil {
			err = fmt.Errorf("there is no pod %s in namespace %s", plain, namespace)
		}
		if err != nil {
			return nil, err
		}
		return foundPod(pod), nil
	}
	i := slices.IndexFunc(workloads, func(w workload) bool { return slices.Contains(w.names, kind) })
	if i < 0 {
		return nil, fmt.Errorf("%q: kind must be pod, deployment, replicaset, statefulset, daemonset or job", name)
	}
	return podOf(ctx, client, &workloads[i], namespace, plain, name)
}

func foundPod(pod *corev1.Pod) *Found {
	return &Found{Pod: pod, about: corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID}}
}

// EventsOf returns the events about what was found.
func EventsOf(ctx context.Context, client dynamic.Interface, found *Found) doctor.Read[[]corev1.Event] {
	about := &found.about
	read := List[corev1.Event](ctx, client, corev1.SchemeGroupVersion.WithResource("events"), about.Namespace, "", "involvedObject.kind="+about.Kind+",involvedObject.name="+about.Name)
	read.Value = slices.DeleteFunc(read.Value, func(e corev1.Event) bool { return e.InvolvedObject.UID != about.UID })
	return read
}

// Namespace reads a namespace.
func Namespace(ctx context.Context, client dynamic.Interface, name string) doctor.Read[*corev1.Namespace] {
	return Get[corev1.Namespace](ctx, client, namespaces, "", name)
}

// value returns what was read, or why it wasn't.
func value[T any](r doctor.Read[T]) (T, error) {
	switch {
	case r.Denied != "":
		return r.Value, fmt.Errorf("you may not %s", r.Denied)
	case r.Failed != "":
		return r.Value, errors.New(r.Failed)
	}
	return r.Value, nil
}
