package review

import (
	"cmp"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/bill"
	"fargate-webhook/fargate/autoscaling"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/kinds/keda"
)

// named identifies an object: API version and kind as it is written, namespace and name.
type named struct{ apiVersion, kind, namespace, name string }

// useOf returns how much the pods of an object run: as many as it asks for, or as an autoscaler
// among the manifests keeps. raw is the object as JSON.
func (g *given) useOf(object runtime.Object, id named, raw []byte) bill.Use {
	switch o := object.(type) {
	case *corev1.Pod:
		return podUse(o)
	case *appsv1.Deployment:
		return g.replicas(id, o.Spec.Replicas)
	case *appsv1.StatefulSet:
		return g.replicas(id, o.Spec.Replicas)
	case *appsv1.ReplicaSet:
		return g.replicas(id, o.Spec.Replicas)
	case *corev1.ReplicationController:
		return g.replicas(id, o.Spec.Replicas)
	case *batchv1.Job:
		return jobUse(&o.Spec, bill.Batch{Kept: keptHook(o.Annotations)}, bill.Once)
	case *batchv1.CronJob:
		return cronUse(&o.Spec)
	}
	return g.otherUse(object, id, raw)
}

// replicas is the use of pods that always run. An autoscaler leaves a workload with zero replicas
// alone.
func (g *given) replicas(id named, stated *int32) bill.Use {
	count := int64(valueOr(stated, 1))
	if count == 0 {
		return bill.Use{}
	}
	if use, ok := g.autoscaled(id); ok {
		return use
	}
	return bill.Steady(count, count)
}

// autoscaled is the use of pods whose number an autoscaler sets; ok is false where none does.
func (g *given) autoscaled(id named) (use bill.Use, ok bool) {
	for _, kind := range [2]*cluster.Kind{cluster.HorizontalPodAutoscalers, cluster.ScaledObjects} {
		found, err := g.Scaling(kind, id.namespace, []string{id.name})
		if err != nil { // which ends the review
			return bill.Use{}, false
		}
		for _, object := range found {
			apiVersion, of, name, _ := autoscaling.Target(object)
			if !id.is(apiVersion, of, name) {
				continue
			}
			switch a := object.(type) {
			case *autoscalingv2.HorizontalPodAutoscaler:
				return scaled(kind.Kind, a.Name, valueOr(a.Spec.MinReplicas, 1), a.Spec.MaxReplicas), true
			case *keda.ScaledObject:
				least, most := a.Spec.Replicas()
				return scaled(kind.Kind, a.Name, least, most), true
			}
		}
	}
	return bill.Use{}, false
}

// scaled is the use of pods whose number an autoscaler sets.
func scaled(kind, name string, least, most int32) bill.Use {
	use := bill.Steady(int64(least), int64(most))
	use.Notes = []string{fmt.Sprintf("%s %q keeps between %d and %d pods", kind, name, use.PodsLeast, use.PodsMost)}
	return use
}

// is reports whether a reference of the same namespace names the object, in whatever version.
func (n named) is(apiVersion, kind, name string) bool {
	return n.kind == kind && n.name != "" && n.name == name && groupOf(n.apiVersion) == groupOf(apiVersion)
}

func groupOf(apiVersion string) string {
	of, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return apiVersion
	}
	return of.Group
}

// podUse is the use of a pod without a controller: once, if it ends by itself.
func podUse(pod *corev1.Pod) bill.Use {
	spec := &pod.Spec
	if cmp.Or(spec.RestartPolicy, corev1.RestartPolicyAlways) == corev1.RestartPolicyAlways && spec.ActiveDeadlineSeconds == nil {
		return bill.Steady(1, 1)
	}
	return bill.Batch{AtOnce: 1, Pods: 1, PodDeadline: spec.ActiveDeadlineSeconds, Kept: keptHook(pod.Annotations), NoJob: true}.Within(bill.Once)
}

// keptHook returns for how many seconds a finished hook stays: not at all if Helm or Argo CD deletes
// it when it has succeeded, which is what is counted; nil for any other object.
func keptHook(annotations map[string]string) *int64 {
	if rules.IsDeletedHook(annotations) {
		return new(int64(0))
	}
	return nil
}

// jobUse is the use of so many runs of a Job in a month. of says how runs follow each other.
func jobUse(spec *batchv1.JobSpec, of bill.Batch, runs bill.Runs) bill.Use {
	if spec.Suspend != nil && *spec.Suspend {
		return bill.Use{Notes: []string{"it is suspended"}}
	}
	b := of
	b.AtOnce, b.Retries = int64(valueOr(spec.Parallelism, 1)), int64(valueOr(spec.BackoffLimit, 6))
	b.Deadline, b.PodDeadline = spec.ActiveDeadlineSeconds, spec.Template.Spec.ActiveDeadlineSeconds
	// Without completions the pods take their work from a queue, and all of them end once.
	b.Pods = int64(valueOr(spec.Completions, valueOr(spec.Parallelism, 1)))
	if spec.BackoffLimitPerIndex != nil {
		b.Retries = b.Pods * int64(max(*spec.BackoffLimitPerIndex, 0))
	}
	if spec.Template.Spec.RestartPolicy == corev1.RestartPolicyOnFailure && b.PodDeadline == nil {
		b.Retries = 0 // containers start again in the same pod
	}
	if spec.TTLSecondsAfterFinished != nil {
		b.Kept = new(int64(*spec.TTLSecondsAfterFinished))
	}
	return b.Within(runs)
}

// cronUse is the use of a CronJob in a month. Its controller deletes finished Jobs above its limits.
func cronUse(spec *batchv1.CronJobSpec) bill.Use {
	if spec.Suspend != nil && *spec.Suspend {
		return bill.Use{Notes: []string{"it is suspended"}}
	}
	runs, err := bill.RunsOf(spec.Schedule)
	if err != nil {
		return bill.Use{Unknown: true, Notes: []string{err.Error()}}
	}
	starts, err := bill.StartsOf(spec.Schedule)
	if err != nil {
		return bill.Use{Unknown: true, Notes: []string{err.Error()}}
	}
	history := int64(valueOr(spec.SuccessfulJobsHistoryLimit, 3)) + int64(valueOr(spec.FailedJobsHistoryLimit, 1))
	return jobUse(&spec.JobTemplate.Spec, bill.Batch{
		Starts: starts, History: new(max(history, 0)),
		Alone: spec.ConcurrencyPolicy == batchv1.ForbidConcurrent || spec.ConcurrencyPolicy == batchv1.ReplaceConcurrent,
	}, runs)
}

func valueOr(pointer *int32, otherwise int32) int32 {
	if pointer == nil {
		return otherwise
	}
	return *pointer
}
