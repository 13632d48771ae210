package lookups

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/traffic"
)

// trimWorkload returns the selector, the controller, and the labels and placement of the pods of a
// workload; and the target and metrics of an autoscaler.
func trimWorkload(object any) any {
	switch o := object.(type) {
	case *appsv1.ReplicaSet:
		spec := appsv1.ReplicaSetSpec{Selector: o.Spec.Selector, Template: trimTemplate(&o.Spec.Template, o.Spec.Selector)}
		if o.Spec.Replicas != nil && *o.Spec.Replicas == 0 {
			spec.Replicas = new(int32)
		}
		return &appsv1.ReplicaSet{ObjectMeta: trimOwned(&o.ObjectMeta, traffic.RevisionAnnotation), Spec: spec}
	case *appsv1.StatefulSet:
		spec := appsv1.StatefulSetSpec{Selector: o.Spec.Selector, Template: trimTemplate(&o.Spec.Template, o.Spec.Selector)}
		for i := range o.Spec.VolumeClaimTemplates {
			spec.VolumeClaimTemplates = append(spec.VolumeClaimTemplates, *trimClaim(&o.Spec.VolumeClaimTemplates[i]))
		}
		return &appsv1.StatefulSet{ObjectMeta: trimOwned(&o.ObjectMeta), Spec: spec}
	case *appsv1.DaemonSet:
		spec := appsv1.DaemonSetSpec{Selector: o.Spec.Selector, Template: trimTemplateMeta(&o.Spec.Template, o.Spec.Selector)}
		return &appsv1.DaemonSet{ObjectMeta: trimOwned(&o.ObjectMeta), Spec: spec}
	case *batchv1.Job:
		spec := batchv1.JobSpec{Selector: o.Spec.Selector, Template: trimTemplate(&o.Spec.Template, o.Spec.Selector)}
		return &batchv1.Job{ObjectMeta: trimOwned(&o.ObjectMeta), Spec: spec}
	case *corev1.ReplicationController:
		spec := corev1.ReplicationControllerSpec{Selector: o.Spec.Selector}
		if o.Spec.Template != nil {
			spec.Template = new(trimTemplate(o.Spec.Template, &metav1.LabelSelector{MatchLabels: o.Spec.Selector}))
		}
		return &corev1.ReplicationController{ObjectMeta: trimOwned(&o.ObjectMeta), Spec: spec}
	case *autoscalingv2.HorizontalPodAutoscaler:
		return &autoscalingv2.HorizontalPodAutoscaler{
			ObjectMeta: trimMeta(&o.ObjectMeta),
			Spec:       autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: o.Spec.ScaleTargetRef, Metrics: o.Spec.Metrics},
		}
	}
	// The last known state of something deleted: it was trimmed when it came.
	return object
}

// trimOwned is trimMeta for objects whose controller is kept.
func trimOwned(meta *metav1.ObjectMeta, annotations ...string) metav1.ObjectMeta {
	out := trimMeta(meta, annotations...)
	if owner := metav1.GetControllerOfNoCopy(meta); owner != nil {
		out.OwnerReferences = []metav1.OwnerReference{
			{APIVersion: owner.APIVersion, Kind: owner.Kind, Name: owner.Name, UID: owner.UID, Controller: owner.Controller},
		}
	}
	return out
}
