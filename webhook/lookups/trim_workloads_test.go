package lookups

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
)

// owned returns full, named "a", with a controller beside another owner.
func owned() metav1.ObjectMeta {
	meta := full("a", nil)
	meta.OwnerReferences = append(meta.OwnerReferences, metav1.OwnerReference{
		APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "u-2", Controller: new(true), BlockOwnerDeletion: new(true),
	})
	return meta
}

// keptOwned returns what trim leaves of owned.
func keptOwned() metav1.ObjectMeta {
	meta := kept(nil)
	meta.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "u-2", Controller: new(true)}}
	return meta
}

// Of workloads the selector, the controller, and labels and placement of their pods are kept; of
// HorizontalPodAutoscalers the target and the metrics.
func TestTrimWorkloads(t *testing.T) {
	labels := map[string]string{"app": "web", "tier": "front"}
	pods := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{placement.ComputeTypeKey: "ec2", "other": "x"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}},
	}
	trimmed := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{placement.ComputeTypeKey: "ec2"}}}
	two := int32(2)
	target := autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}
	metrics := []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{Name: "cpu"}}}
	for name, c := range map[string]struct{ object, want any }{
		"ReplicaSet": {
			&appsv1.ReplicaSet{
				ObjectMeta: owned(), Spec: appsv1.ReplicaSetSpec{Replicas: &two, Selector: pods, Template: template},
				Status: appsv1.ReplicaSetStatus{Replicas: 2},
			},
			&appsv1.ReplicaSet{ObjectMeta: keptOwned(), Spec: appsv1.ReplicaSetSpec{Selector: pods, Template: trimmed}},
		},
		"StatefulSet": {
			&appsv1.StatefulSet{ObjectMeta: owned(), Spec: appsv1.StatefulSetSpec{Replicas: &two, Selector: pods, Template: template, ServiceName: "web"}},
			&appsv1.StatefulSet{ObjectMeta: keptOwned(), Spec: appsv1.StatefulSetSpec{Selector: pods, Template: trimmed}},
		},
		"DaemonSet": {
			&appsv1.DaemonSet{ObjectMeta: owned(), Spec: appsv1.DaemonSetSpec{Selector: pods, Template: template, MinReadySeconds: 2}},
			&appsv1.DaemonSet{ObjectMeta: keptOwned(), Spec: appsv1.DaemonSetSpec{Selector: pods, Template: trimmed}},
		},
		"Job": {
			&batchv1.Job{ObjectMeta: owned(), Spec: batchv1.JobSpec{Completions: &two, Selector: pods, Template: template}},
			&batchv1.Job{ObjectMeta: keptOwned(), Spec: batchv1.JobSpec{Selector: pods, Template: trimmed}},
		},
		"ReplicaSet without controller and labels": {
			&appsv1.ReplicaSet{ObjectMeta: full("a", nil), Spec: appsv1.ReplicaSetSpec{Template: corev1.PodTemplateSpec{Spec: template.Spec}}},
			&appsv1.ReplicaSet{ObjectMeta: kept(nil)},
		},
		"HorizontalPodAutoscaler": {
			&autoscalingv2.HorizontalPodAutoscaler{
				ObjectMeta: full("a", nil), Status: autoscalingv2.HorizontalPodAutoscalerStatus{CurrentReplicas: 2},
				Spec: autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: target, Metrics: metrics, MinReplicas: &two, MaxReplicas: 10},
			},
			&autoscalingv2.HorizontalPodAutoscaler{
				ObjectMeta: kept(nil), Spec: autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: target, Metrics: metrics},
			},
		},
	} {
		t.Run(name, func(t *testing.T) { checkTrim(t, c.object, c.want) })
	}
}

// wholeReplicaSet returns a ReplicaSet of a Deployment as the API server has it, about 8 KiB.
func wholeReplicaSet(i int) *appsv1.ReplicaSet {
	labels := map[string]string{
		"app.kubernetes.io/name": fmt.Sprintf("web-%d", i/10), "app.kubernetes.io/instance": fmt.Sprintf("release-%d", i/10),
		"pod-template-hash": fmt.Sprintf("%010d", i),
	}
	selector := map[string]string{}
	for key, value := range labels {
		selector[key] = strings.Clone(value)
	}
	set := &appsv1.ReplicaSet{ObjectMeta: owned(), Spec: appsv1.ReplicaSetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: selector},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: make([]corev1.Container, 3)}},
	}}
	set.Name, set.UID = fmt.Sprintf("web-%d-%010d", i/10, i), "3f2b7c1e-7e57-4f53-9d0b-3d1a0d3ec1f7"
	return set
}

// 10,000 ReplicaSets of a large cluster take less than 32 MiB.
func TestTrimmedReplicaSetsAreSmall(t *testing.T) {
	const sets, most = 10_000, 32 << 20
	list := make([]any, sets)
	before := heap()
	for i := range list {
		got, err := trim(wholeReplicaSet(i))
		if err != nil {
			t.Fatal(err)
		}
		list[i] = got
	}
	used := heap() - before
	t.Logf("%d bytes each", used/sets)
	if used > most {
		t.Errorf("%d ReplicaSets take %d MiB, want at most %d", sets, used>>20, most>>20)
	}
	runtime.KeepAlive(list)
}

// heap returns the bytes in use on the heap.
func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
