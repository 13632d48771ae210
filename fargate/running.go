package fargate

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// place tells where a pod runs. What is written to a subresource is a part of
// a pod that has its place already: EKS claims pods when they are created and
// never after (F1.13, S23).
func (j judge) place(meta *metav1.ObjectMeta, spec *corev1.PodSpec) Placement {
	if j.request.SubResource != "" {
		return claimed(meta, spec)
	}
	return Place(j.request.Namespace, meta, spec, j.index, j.labels())
}

// claimed tells whether EKS has claimed a pod, by the scheduler that it names
// then (F2.5). Nobody can change that afterwards, while labels and annotations
// anybody can.
func claimed(meta *metav1.ObjectMeta, spec *corev1.PodSpec) Placement {
	if spec.SchedulerName != fargateScheduler {
		return Placement{Reason: fmt.Sprintf("spec.schedulerName is %q: EKS has not claimed the pod", spec.SchedulerName)}
	}
	return Placement{
		Fargate: true,
		Profile: meta.Labels[ProfileLabel],
		Reason:  "EKS has claimed it: spec.schedulerName is " + fargateScheduler,
	}
}

// leftTo is the controller that a workload is left to, since whoever is to be
// told wrote that one: a Deployment for its ReplicaSets, a CronJob for its
// Jobs. Nil for what somebody wrote.
func leftTo(workload runtime.Object) *metav1.OwnerReference {
	switch o := workload.(type) {
	case *appsv1.ReplicaSet:
		return metav1.GetControllerOfNoCopy(o)
	case *batchv1.Job:
		return metav1.GetControllerOfNoCopy(o)
	}
	return nil
}
