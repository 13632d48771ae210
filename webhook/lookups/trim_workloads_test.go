package lookups

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/traffic"
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

// Of workloads the selector, the controller, and labels of their pods are kept, and of their spec
// nothing where it is usual; of// HorizontalPodAutoscalers the target and the metrics.
func TestTrimWorkloads(t *testing.T) {
	labels := map[string]string{"app": "web", "tier": "front"}
	pods := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{placement.ComputeTypeKey: "ec2", "other": "x"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}},
	}
	trimmed := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{placement.ComputeTypeKey: "ec2"}}}
	two, class := int32(2), "gp3"
	target := autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}
	metrics := []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{Name: "cpu"}}}
	for name, c := range map[string]struct{ object, want any }{
		"ReplicaSet": {
			&appsv1.ReplicaSet{
				ObjectMeta: owned(), Spec: appsv1.ReplicaSetSpec{Replicas: &two, Selector: pods, Template: template},
				Status: appsv1.ReplicaSetStatus{Replicas: 2},
			},
			&cluster.ReplicaSet{ObjectMeta: keptOwned(), Selector: pods, PodMeta: trimmed.ObjectMeta, PodSpec: &corev1.PodSpec{}},
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
		"ReplicaSet of a former revision": {
			&appsv1.ReplicaSet{ObjectMeta: full("a", map[string]string{traffic.RevisionAnnotation: "3"}), Spec: appsv1.ReplicaSetSpec{Replicas: new(int32)}},
			&cluster.ReplicaSet{ObjectMeta: kept(map[string]string{traffic.RevisionAnnotation: "3"}), Idle: true, PodSpec: &corev1.PodSpec{}},
		},
		"StatefulSet with claims": {
			&appsv1.StatefulSet{ObjectMeta: full("a", nil), Spec: appsv1.StatefulSetSpec{VolumeClaimTemplates: []corev1.PersistentVolumeClaim{
				{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class, VolumeName: "v", AccessModes: []corev1.PersistentVolumeAccessMode{"ReadWriteOnce"}}},
			}}},
			&appsv1.StatefulSet{ObjectMeta: kept(nil), Spec: appsv1.StatefulSetSpec{VolumeClaimTemplates: []corev1.PersistentVolumeClaim{
				{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class, VolumeName: "v"}},
			}}},
		},
		"ReplicaSet without controller and labels": {
			&appsv1.ReplicaSet{ObjectMeta: full("a", nil), Spec: appsv1.ReplicaSetSpec{Template: corev1.PodTemplateSpec{Spec: template.Spec}}},
			&cluster.ReplicaSet{ObjectMeta: kept(nil), PodSpec: &corev1.PodSpec{}},
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
	metav1.SetMetaDataAnnotation(&set.ObjectMeta, traffic.RevisionAnnotation, strconv.Itoa(i%10+1))
	set.Spec.Replicas = new(int32)
	set.Name, set.UID = fmt.Sprintf("web-%d-%010d", i/10, i), "3f2b7c1e-7e57-4f53-9d0b-3d1a0d3ec1f7"
	return set
}

// oddReplicaSet returns one with much of what decides where its pods run: a node selector and
// affinity, a claim, a host path, and three containers with added rights and large resources.
func oddReplicaSet(i int) *appsv1.ReplicaSet {
	set := wholeReplicaSet(i)
	quantities := func() corev1.ResourceList {
		return corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("16Gi"), "nvidia.com/gpu": resource.MustParse("1")}
	}
	spec := &set.Spec.Template.Spec
	spec.NodeSelector = map[string]string{"node.kubernetes.io/instance-type": fmt.Sprintf("g5.%d", i)}
	spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "pool", Operator: "In", Values: []string{"gpu"}}}}},
	}}}
	spec.Volumes = []corev1.Volume{
		{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: fmt.Sprintf("data-%d", i)}}},
		{Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/run"}}},
	}
	for k := range spec.Containers {
		spec.Containers[k].Resources = corev1.ResourceRequirements{Requests: quantities(), Limits: quantities()}
		spec.Containers[k].SecurityContext = &corev1.SecurityContext{Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_ADMIN"}}}
	}
	return set
}

// 10,000 ReplicaSets of a large cluster take less than 16 MiB, and 100 MiB if every one of them is
// odd: the webhook has 512 MiB.
func TestTrimmedReplicaSetsAreSmall(t *testing.T) {
	const sets = 10_000
	for _, c := range []struct {
		name  string
		whole func(int) *appsv1.ReplicaSet
		most  int64
	}{{"usual", wholeReplicaSet, 16 << 20}, {"odd", oddReplicaSet, 100 << 20}} {
		t.Run(c.name, func(t *testing.T) {
			list := make([]any, sets)
			before := heap()
			for i := range list {
				got, err := trim(c.whole(i))
				if err != nil {
					t.Fatal(err)
				}
				list[i] = got
			}
			used := heap() - before
			t.Logf("%d bytes each", used/sets)
			if used > c.most {
				t.Errorf("%d ReplicaSets take %d MiB, want at most %d", sets, used>>20, c.most>>20)
			}
			runtime.KeepAlive(list)
		})
	}
}

// heap returns the bytes in use on the heap.
func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
