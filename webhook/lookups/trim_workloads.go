package lookups

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/traffic"
)

// trimWorkload returns the selector, the controller, and the labels and placement of the pods of a
// workload; and the target and metrics of an autoscaler.
func trimWorkload(object any) any {
	switch o := object.(type) {
	case *appsv1.ReplicaSet:
		return trimReplicaSet(o)
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

func trimReplicaSet(set *appsv1.ReplicaSet) *cluster.ReplicaSet {
	template := trimTemplate(&set.Spec.Template, set.Spec.Selector)
	return &cluster.ReplicaSet{
		ObjectMeta: trimOwned(&set.ObjectMeta, traffic.RevisionAnnotation), Selector: set.Spec.Selector,
		Idle:    set.Spec.Replicas != nil && *set.Spec.Replicas == 0,
		PodMeta: template.ObjectMeta, PodSpec: sharedSpec(&template.Spec),
	}
}

// usualSpecs are what most often is left of a template. They are never changed.
var usualSpecs = [...]corev1.PodSpec{{SchedulerName: corev1.DefaultSchedulerName}, {}}

// sharedSpec returns the usual spec that equals another, or a copy of that.
func sharedSpec(spec *corev1.PodSpec) *corev1.PodSpec {
	for i := range usualSpecs {
		if equality.Semantic.DeepEqual(spec, &usualSpecs[i]) {
			return &usualSpecs[i]
		}
	}
	return new(*spec)
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
