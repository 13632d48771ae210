package fargate

import (
	"fmt"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds"
)

// template is what a pod template has besides its pods.
type template struct {
	// path is that of the template in its workload, and around the metadata around it.
	path   string
	around []placement.Spot
	// workload is the reference to its workload.
	workload *metav1.OwnerReference
	// controller is that of the workload, nil for none.
	controller *metav1.OwnerReference
	// selector is the one by which the workload finds its pods, nil if it isn't known.
	selector *traffic.Selector
	// claims are the claim templates of a StatefulSet.
	claims []corev1.PersistentVolumeClaim
	// pods are the names of its pods, nil for very many.
	pods []string
}

// maxPodNames is for how many pods of a StatefulSet it is looked up whether their claims exist.
const maxPodNames = 32

// templateOf returns what the template of a workload, at a path in it, has besides its pods.
func templateOf(workload runtime.Object, path string) *template {
	t := &template{workload: workloadOf(workload), path: path}
	if object, ok := workload.(metav1.Object); ok && t.workload != nil {
		t.selector = traffic.NewSelector(t.workload.Kind, t.workload.Name, traffic.PodSelector(object))
	}
	if owner, ok := workload.(metav1.ObjectMetaAccessor); ok {
		if meta, ok := owner.GetObjectMeta().(*metav1.ObjectMeta); ok {
			t.controller = metav1.GetControllerOfNoCopy(meta)
			t.around = append(t.around, placement.Spot{Meta: meta, Path: "metadata", Of: "the workload"})
		}
	}
	if holder, ok := workload.(*kinds.TemplateHolder); ok {
		t.selector = traffic.NewSelector(holder.Kind, holder.Name, holder.Selector)
	}
	if cronJob, ok := workload.(*batchv1.CronJob); ok {
		t.around = append(t.around, placement.Spot{Meta: &cronJob.Spec.JobTemplate.ObjectMeta, Path: "spec.jobTemplate.metadata", Of: "the job template"})
	}
	if set, ok := workload.(*appsv1.StatefulSet); ok {
		t.claims, t.pods = set.Spec.VolumeClaimTemplates, podNames(set)
	}
	return t
}

// podNames returns the names of a StatefulSet's pods, nil for very many.
func podNames(set *appsv1.StatefulSet) []string {
	replicas, start := int32(1), int32(0)
	if set.Spec.Replicas != nil {
		replicas = *set.Spec.Replicas
	}
	if set.Spec.Ordinals != nil {
		start = set.Spec.Ordinals.Start
	}
	if len(set.Spec.VolumeClaimTemplates) == 0 || replicas > maxPodNames {
		return nil
	}
	names := make([]string, 0, max(replicas, 0))
	for i := range replicas {
		names = append(names, fmt.Sprintf("%s-%d", set.Name, int64(start)+int64(i)))
	}
	return names
}

// controllerLabels are the labels that controllers add to the pods of a template, by the kind of
// the workload. Their values aren't known before; a selector may require any value.
var controllerLabels = map[string][]string{
	"Deployment":  {appsv1.DefaultDeploymentUniqueLabelKey},
	"StatefulSet": {appsv1.ControllerRevisionHashLabelKey, appsv1.StatefulSetPodNameLabel, appsv1.PodIndexLabel},
	"Job":         jobLabels,
	"CronJob":     jobLabels,
}

var jobLabels = []string{batchv1.JobNameLabel, batchv1.ControllerUidLabel, "job-name", "controller-uid"}

// podMeta returns the metadata of a pod of the template as EKS will see it, and meta itself for a
// pod.
func (t *template) podMeta(meta *metav1.ObjectMeta) *metav1.ObjectMeta {
	if t == nil || t.workload == nil || len(controllerLabels[t.workload.Kind]) == 0 {
		return meta
	}
	out := *meta
	out.Labels = make(map[string]string, len(meta.Labels)+len(jobLabels))
	for _, key := range controllerLabels[t.workload.Kind] {
		out.Labels[key] = "unknown"
	}
	maps.Copy(out.Labels, meta.Labels)
	return &out
}
