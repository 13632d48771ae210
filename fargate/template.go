package fargate

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// PodSpecOf is the spec of a pod, or of the pods that a workload makes; nil
// for all other kinds, and for a DaemonSet: its pods never are Fargate's. It is
// part of the object, not a copy.
func PodSpecOf(object runtime.Object) *corev1.PodSpec {
	if pod, ok := object.(*corev1.Pod); ok {
		return &pod.Spec
	}
	if _, template := templateOf(object); template != nil {
		return &template.Spec
	}
	return nil
}

// templateOf is the pod template of a workload and its path, nil for others.
func templateOf(object runtime.Object) (path string, template *corev1.PodTemplateSpec) {
	const inSpec = "spec.template"
	switch o := object.(type) {
	case *appsv1.Deployment:
		return inSpec, &o.Spec.Template
	case *appsv1.ReplicaSet:
		return inSpec, &o.Spec.Template
	case *appsv1.StatefulSet:
		return inSpec, &o.Spec.Template
	case *corev1.ReplicationController:
		return inSpec, o.Spec.Template
	case *batchv1.Job:
		return inSpec, &o.Spec.Template
	case *batchv1.CronJob:
		return "spec.jobTemplate.spec.template", &o.Spec.JobTemplate.Spec.Template
	}
	return "", nil
}
