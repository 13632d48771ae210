package fargate

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/keda"
)

// DesiredReplicasAnnotation is what a Deployment writes on its ReplicaSets: its own replicas.
const DesiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas"

// replicasOf returns how many pods a selection has: 0 if the replicas of one of its workloads aren't
// known, or an autoscaler sets them.
func (d *decider) replicasOf(s *traffic.Selection) int {
	if s.Unseen || d.request.Cluster == nil {
		return 0
	}
	scaled, ok := d.scaled()
	if !ok {
		return 0
	}
	sum := 0
	for _, list := range [...][]traffic.Workload{s.On, s.Off} {
		for i := range list {
			replicas, known := statedReplicas(list[i].Object)
			if !known || scaled[nameOf(list[i].Object)] {
				return 0
			}
			sum += replicas
		}
	}
	return sum
}

// statedReplicas returns the replicas of a workload; known is false for kinds without.
func statedReplicas(workload metav1.Object) (replicas int, known bool) {
	of := func(replicas *int32) (int, bool) {
		if replicas == nil {
			return 1, true
		}
		return int(*replicas), true
	}
	switch w := workload.(type) {
	case *appsv1.ReplicaSet:
		if owner := metav1.GetControllerOfNoCopy(w); owner != nil {
			desired, err := strconv.Atoi(w.Annotations[DesiredReplicasAnnotation])
			return desired, err == nil
		}
		return of(w.Spec.Replicas)
	case *appsv1.StatefulSet:
		return of(w.Spec.Replicas)
	case *corev1.ReplicationController:
		return of(w.Spec.Replicas)
	}
	return 0, false
}

// nameOf returns the name of a workload, or of the one that made it.
func nameOf(workload metav1.Object) string {
	if owner := metav1.GetControllerOfNoCopy(workload); owner != nil {
		return owner.Name
	}
	return workload.GetName()
}

// scaled returns the names of workloads of the namespace that autoscalers scale, whatever their
// kind; ok is false if they aren't known.
func (d *decider) scaled() (names map[string]bool, ok bool) {
	names = map[string]bool{}
	horizontal, err := cluster.List[*autoscalingv2.HorizontalPodAutoscaler](d.request.Cluster, cluster.HorizontalPodAutoscalers, d.request.Namespace)
	if err != nil {
		return nil, false
	}
	for _, autoscaler := range horizontal {
		names[autoscaler.Spec.ScaleTargetRef.Name] = true
	}
	objects, err := cluster.List[*keda.ScaledObject](d.request.Cluster, cluster.ScaledObjects, d.request.Namespace)
	if err != nil {
		return nil, false
	}
	for _, object := range objects {
		names[object.Spec.ScaleTargetRef.Name] = true
	}
	return names, true
}
