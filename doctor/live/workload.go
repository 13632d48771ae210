package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/fargate/traffic"
)

// workload is a kind whose pods are found by its selector.
type workload struct {
	names    []string
	resource schema.GroupVersionResource
	kind     string
}

var (
	replicaSets = workload{[]string{"replicaset", "replicasets", "rs"}, appsv1.SchemeGroupVersion.WithResource("replicasets"), "ReplicaSet"}
	workloads   = []workload{
		{[]string{"deployment", "deployments", "deploy"}, deployments, "Deployment"},
		replicaSets,
		{[]string{"statefulset", "statefulsets", "sts"}, appsv1.SchemeGroupVersion.WithResource("statefulsets"), "StatefulSet"},
		{[]string{"daemonset", "daemonsets", "ds"}, daemonSets, "DaemonSet"},
		{[]string{"job", "jobs"}, batchv1.SchemeGroupVersion.WithResource("jobs"), "Job"},
	}
)

// owner is a workload as far as its pods follow from it.
type owner struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		Selector *metav1.LabelSelector  `json:"selector"`
		Replicas *int32                 `json:"replicas"`
		Template corev1.PodTemplateSpec `json:"template"`
	} `json:"spec"`
}

// podOf returns the pod of a workload that is asked about, which name means.
func podOf(ctx context.Context, client dynamic.Interface, of *workload, namespace, plain, name string) (*Found, error) {
	o, err := value(Get[owner](ctx, client, of.resource, namespace, plain))
	if err == nil && o == nil {
		err = fmt.Errorf("there is no %s in namespace %s", name, namespace)
	}
	if err != nil {
		return nil, err
	}
	selector, err := metav1.LabelSelectorAsSelector(o.Spec.Selector)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	list, err := value(List[corev1.Pod](ctx, client, pods, namespace, selector.String(), ""))
	if err != nil {
		return nil, err
	}
	if of.kind == "Deployment" {
		newest, err := newestOf(ctx, client, o, selector.String())
		if err != nil && len(list) == 0 {
			return nil, err
		}
		if newest != nil && newest.lacksPods(list) {
			return newest.found(&replicaSets, name, len(list) > 0), nil
		}
	}
	if len(list) == 0 {
		return o.found(of, name, false), nil
	}
	slices.SortStableFunc(list, func(a, b corev1.Pod) int {
		if isReady(&a) != isReady(&b) {
			return map[bool]int{true: 1, false: -1}[isReady(&a)]
		}
		return b.CreationTimestamp.Compare(a.CreationTimestamp.Time)
	})
	return foundPod(&list[0]), nil
}

func isReady(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// newestOf returns the ReplicaSet of a Deployment's newest revision, nil if it has none.
func newestOf(ctx context.Context, client dynamic.Interface, deployment *owner, selector string) (*owner, error) {
	sets, err := value(List[owner](ctx, client, replicaSets.resource, deployment.Metadata.Namespace, selector, ""))
	if err != nil {
		return nil, err
	}
	sets = slices.DeleteFunc(sets, func(set owner) bool { return !metav1.IsControlledBy(&set.Metadata, &deployment.Metadata) })
	if len(sets) == 0 {
		return nil, nil
	}
	newest := slices.MaxFunc(sets, func(a, b owner) int { return cmp.Compare(a.revision(), b.revision()) })
	return &newest, nil
}

// revision returns that of a Deployment's ReplicaSet, 0 if it isn't known.
func (o *owner) revision() int {
	revision, _ := strconv.Atoi(o.Metadata.Annotations[traffic.RevisionAnnotation])
	return revision
}

// idle reports a workload that wants no pods.
func (o *owner) idle() bool { return o.Spec.Replicas != nil && *o.Spec.Replicas == 0 }

// lacksPods reports a workload that wants pods, and has none of these.
func (o *owner) lacksPods(list []corev1.Pod) bool {
	return !o.idle() && !slices.ContainsFunc(list, func(p corev1.Pod) bool { return metav1.IsControlledBy(&p, &o.Metadata) })
}

// found returns a pod like those that a workload of a kind creates, as one of the workload of a name,
// which may have pods of earlier revisions.
func (o *owner) found(of *workload, name string, earlier bool) *Found {
	pod := &corev1.Pod{ObjectMeta: o.Spec.Template.ObjectMeta, Spec: o.Spec.Template.Spec}
	pod.Namespace, pod.GenerateName = o.Metadata.Namespace, o.Metadata.Name+"-"
	pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(&o.Metadata, of.resource.GroupVersion().WithKind(of.kind))}
	return &Found{
		Pod: pod, Workload: name, Idle: o.idle(), Earlier: earlier,
		about: corev1.ObjectReference{Kind: of.kind, Namespace: o.Metadata.Namespace, Name: o.Metadata.Name, UID: o.Metadata.UID},
	}
}
