package fargate

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/kinds"
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
	o.OfPods = true
	if d.request.Operation == OperationUpdate {
		o.Patch = nil // the pods that exist stay as they are
	}
	d.ofWorkload(object, path, o.violations)
	if d.settings.Workloads == policy.Off && !d.request.Offline {
		o.violations = nil
	}
	if job := jobOf(object, o.Placement); job != nil {
		o.violations = append(o.violations, objects.CheckJob(job, d.settings)...)
	}
	if isOwned(object) {
		o.violations = nil
	}
	return o
}

// ofWorkload makes violations of a workload of those of its pods.
func (d *decider) ofWorkload(object runtime.Object, path string, violations []rules.Violation) {
	field := func(of string) string { return path + "." + of }
	action := d.settings.Workloads
	if action == policy.Off {
		action = policy.Warn
	}
	if holder, ok := object.(*kinds.TemplateHolder); ok {
		field, action = holder.Field, policy.Warn
	}
	for i := range violations {
		v := &violations[i]
		if !v.OfWorkload {
			v.Field = field(v.Field)
			if v.Subject.Kind == "" && v.Subject.Name != "" {
				v.Subject.Name = field(v.Subject.Name)
			}
		}
		if v.Action == policy.Deny {
			v.Action, v.PodsRefused = action, action != policy.Deny
		}
	}
}

// jobOf returns the Job of a Job or CronJob, nil for other workloads.
func jobOf(object runtime.Object, place placement.Placement) *objects.Job {
	switch o := object.(type) {
	case *batchv1.Job:
		return &objects.Job{Annotations: o.Annotations, Path: "spec", Spec: &o.Spec, Placement: place}
	case *batchv1.CronJob:
		none := func(limit *int32) bool { return limit != nil && *limit == 0 }
		return &objects.Job{
			Annotations: o.Annotations, Path: "spec.jobTemplate.spec", Spec: &o.Spec.JobTemplate.Spec, Placement: place,
			KeepsNone: none(o.Spec.SuccessfulJobsHistoryLimit) && none(o.Spec.FailedJobsHistoryLimit),
		}
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
