package fargate

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/autoscaling"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/traffic"
)

// DesiredReplicasAnnotation is what a Deployment writes on its ReplicaSets: its own replicas.
const DesiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas"

// replicasOf returns how many pods a selection has: 0 if the replicas of one of its workloads aren't
// known, or an autoscaler sets them.
func (d *decider) replicasOf(s *traffic.Selection) int {
	if s.Unseen || d.request.Cluster == nil {
		return 0
	}
	sum := 0
	for _, list := range [...][]traffic.Workload{s.On, s.Off} {
		for i := range list {
			replicas, known := statedReplicas(list[i].Object)
			if !known || d.isScaled(nameOf(list[i].Object)) {
				return 0
			}
			sum += replicas
		}
	}
	return sum
}

// statedReplicas returns the replicas of a workload; known is false for kinds without. Only reviews ask
// about budgets: caches keep no replicas.
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

// isScaled reports a workload that an autoscaler may scale, or of which that isn't known.
func (d *decider) isScaled(name string) bool {
	for _, kind := range [...]*cluster.Kind{cluster.HorizontalPodAutoscalers, cluster.ScaledObjects} {
		autoscalers, err := cluster.Scaling(d.request.Cluster, kind, d.request.Namespace, []string{name})
		if err != nil {
			return true
		}
		for _, autoscaler := range autoscalers {
			if _, _, target, ok := autoscaling.Target(autoscaler); ok && target == name {
				return true
			}
		}
	}
	return false
}
