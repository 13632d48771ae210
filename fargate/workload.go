package fargate

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// workload decides about a workload by the pods that it will make. They are changed and refused
// when they are created. Templates are never changed: GitOps tools and controllers would revert it.
func (d *decider) workload(object runtime.Object, path string, podTemplate *corev1.PodTemplateSpec) outcome {
	t := templateOf(object, path)
	// Its pods are created, and changed then, whatever is done to the workload.
	request := *d.request
	request.Phase, request.Operation = WholeAdmission, OperationCreate
	pods := *d
	pods.request = &request
	o := pods.pod(pods.subject(&podTemplate.ObjectMeta, &podTemplate.Spec, t))
	if d.request.Operation == OperationUpdate {
		o.Patch = nil // the pods that exist stay as they are
	}
	for i := range o.violations {
		v := &o.violations[i]
		if !v.OfWorkload {
			v.Field = path + "." + v.Field
			if v.Subject.Kind == "" && v.Subject.Name != "" {
				v.Subject.Name = path + "." + v.Subject.Name
			}
		}
		if v.Action == policy.Deny {
			v.Action, v.PodsRefused = d.settings.Workloads, d.settings.Workloads != policy.Deny
		}
	}
	if d.settings.Workloads == policy.Off {
		o.violations = nil
	}
	if job := jobOf(object, o.Placement); job != nil {
		o.violations = append(o.violations, rules.CheckJob(job, d.settings)...)
	}
	if isOwned(object) {
		o.violations = nil
	}
	return o
}

// jobOf returns the Job of a Job or CronJob, nil for other workloads.
func jobOf(object runtime.Object, place placement.Placement) *rules.Job {
	switch o := object.(type) {
	case *batchv1.Job:
		return &rules.Job{Annotations: o.Annotations, Path: "spec", Spec: &o.Spec, Placement: place}
	case *batchv1.CronJob:
		return &rules.Job{Annotations: o.Annotations, Path: "spec.jobTemplate.spec", Spec: &o.Spec.JobTemplate.Spec, Placement: place}
	}
	return nil
}

// isOwned reports a ReplicaSet or Job that a controller created. What is wrong with it is reported
// where it can be fixed, and for its pods.
func isOwned(object runtime.Object) bool {
	switch o := object.(type) {
	case *appsv1.ReplicaSet:
		return metav1.GetControllerOfNoCopy(o) != nil
	case *batchv1.Job:
		return metav1.GetControllerOfNoCopy(o) != nil
	}
	return false
}
