package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/doctor"
)

// workload is a kind whose pods are found by its selector.
type workload struct {
	names    []string
	resource schema.GroupVersionResource
}

var (
	podNames  = []string{"pod", "pods", "po"}
	workloads = []workload{
		{[]string{"deployment", "deployments", "deploy"}, deployments},
		{[]string{"replicaset", "replicasets", "rs"}, appsv1.SchemeGroupVersion.WithResource("replicasets")},
		{[]string{"statefulset", "statefulsets", "sts"}, appsv1.SchemeGroupVersion.WithResource("statefulsets")},
		{[]string{"daemonset", "daemonsets", "ds"}, daemonSets},
		{[]string{"job", "jobs"}, batchv1.SchemeGroupVersion.WithResource("jobs")},
	}
)

// Pod returns the pod that a name such as web-1, pod/web-1 or deployment/web means: of a workload
// the newest pod that isn't ready, or else the newest.
func Pod(ctx context.Context, client dynamic.Interface, namespace, name string) (*corev1.Pod, error) {
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
		return pod, err
	}
	i := slices.IndexFunc(workloads, func(w workload) bool { return slices.Contains(w.names, kind) })
	if i < 0 {
		return nil, fmt.Errorf("%q: kind must be pod, deployment, replicaset, statefulset, daemonset or job", name)
	}
	return podOf(ctx, client, workloads[i].resource, namespace, plain, name)
}

func podOf(ctx context.Context, client dynamic.Interface, resource schema.GroupVersionResource, namespace, plain, name string) (*corev1.Pod, error) {
	owner, err := value(Get[struct {
		Spec struct {
			Selector *metav1.LabelSelector `json:"selector"`
		} `json:"spec"`
	}](ctx, client, resource, namespace, plain))
	if err == nil && owner == nil {
		err = fmt.Errorf("there is no %s in namespace %s", name, namespace)
	}
	if err != nil {
		return nil, err
	}
	selector, err := metav1.LabelSelectorAsSelector(owner.Spec.Selector)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	list, err := value(List[corev1.Pod](ctx, client, pods, namespace, selector.String(), ""))
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s has no pod: kubectl describe %s -n %s says why; if it is a Deployment, describe its ReplicaSet", name, name, namespace)
	}
	slices.SortStableFunc(list, func(a, b corev1.Pod) int {
		if isReady(&a) != isReady(&b) {
			return map[bool]int{true: 1, false: -1}[isReady(&a)]
		}
		return b.CreationTimestamp.Compare(a.CreationTimestamp.Time)
	})
	return &list[0], nil
}

func isReady(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// EventsOf returns the events about a pod.
func EventsOf(ctx context.Context, client dynamic.Interface, pod *corev1.Pod) doctor.Read[[]corev1.Event] {
	read := List[corev1.Event](ctx, client, corev1.SchemeGroupVersion.WithResource("events"), pod.Namespace, "", "involvedObject.kind=Pod,involvedObject.name="+pod.Name)
	read.Value = slices.DeleteFunc(read.Value, func(e corev1.Event) bool { return e.InvolvedObject.UID != pod.UID })
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
