package live

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/doctor"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/internal/kube"
	"fargate-webhook/policy"
	"fargate-webhook/removal"
)

// unfinished selects the pods that have not ended.
const unfinished = "status.phase!=Succeeded,status.phase!=Failed"

// controllers are the kinds of which templates are read.
var controllers = map[schema.GroupKind]schema.GroupVersionResource{
	appsv1.SchemeGroupVersion.WithKind("ReplicaSet").GroupKind():            appsv1.SchemeGroupVersion.WithResource("replicasets"),
	appsv1.SchemeGroupVersion.WithKind("StatefulSet").GroupKind():           appsv1.SchemeGroupVersion.WithResource("statefulsets"),
	batchv1.SchemeGroupVersion.WithKind("Job").GroupKind():                  batchv1.SchemeGroupVersion.WithResource("jobs"),
	corev1.SchemeGroupVersion.WithKind("ReplicationController").GroupKind(): corev1.SchemeGroupVersion.WithResource("replicationcontrollers"),
}

// onProfile collects the workloads whose pods a profile runs.
type onProfile struct {
	client    dynamic.Interface
	own       string
	workloads []removal.Workload
	// by has the index of a workload, by the UID of its controller.
	by map[string]int
	// controllers are those of the workloads.
	controllers []*metav1.OwnerReference
}

// OnProfile reads what pods EKS runs for a profile, page by page, and what creates them. own is the
// webhook's namespace. Pods that have ended, or are being deleted, are left out. Without the right
// to list pods it returns an error; what else can't be read the workloads say.
func OnProfile(ctx context.Context, client dynamic.Interface, profile, own string) ([]removal.Workload, error) {
	o := &onProfile{client: client, own: own, by: map[string]int{}}
	options := metav1.ListOptions{LabelSelector: placement.ProfileLabel + "=" + profile, FieldSelector: unfinished}
	for page, err := range kube.Pages(ctx, client.Resource(pods), options) {
		if err != nil {
			_, err = value(failure[bool](err, doctor.Right{Verb: "list", Resource: pods.Resource}))
			return nil, fmt.Errorf("list the pods of Fargate profile %q: %w", profile, err)
		}
		for i := range page {
			o.add(&page[i])
		}
	}
	exempt := map[string]bool{own: true}
	for i := range o.workloads {
		w := &o.workloads[i]
		if _, read := exempt[w.Namespace]; !read {
			// Where it can't be read it counts as not exempt, as in most clusters none is.
			namespace := Namespace(ctx, client, w.Namespace).Value
			exempt[w.Namespace] = namespace != nil && namespace.Labels[policy.ExemptLabel] == "true"
		}
		w.Exempt = exempt[w.Namespace]
		if o.controllers[i] != nil {
			o.template(ctx, w, o.controllers[i])
		}
	}
	return o.workloads, ctx.Err()
}

// add counts a pod.
func (o *onProfile) add(pod *unstructured.Unstructured) {
	if pod.GetDeletionTimestamp() != nil {
		return
	}
	controller := metav1.GetControllerOf(pod)
	kind, name, key := "Pod", pod.GetName(), string(pod.GetUID())
	if controller != nil {
		kind, name, key = controller.Kind, controller.Name, string(controller.UID)
	}
	if at, known := o.by[key]; known {
		o.workloads[at].Pods++
		return
	}
	o.by[key] = len(o.workloads)
	o.controllers = append(o.controllers, controller)
	o.workloads = append(o.workloads, removal.Workload{
		Namespace: pod.GetNamespace(), Kind: kind, Name: name, Pods: 1, Controlled: controller != nil,
		Pod: metav1.ObjectMeta{Labels: pod.GetLabels(), Annotations: pod.GetAnnotations()},
	})
}

// template reads what a workload's controller creates pods from, and what controls that.
func (o *onProfile) template(ctx context.Context, w *removal.Workload, of *metav1.OwnerReference) {
	resource, known := controllers[schema.FromAPIVersionAndKind(of.APIVersion, of.Kind).GroupKind()]
	if !known {
		w.Unread = "templates of a " + of.Kind + " aren't read"
		return
	}
	read := Get[struct {
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			Template *corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}](ctx, o.client, resource, w.Namespace, of.Name)
	object, err := value(read)
	switch {
	case err != nil:
		w.Unread = err.Error()
	case object == nil || object.UID != of.UID:
		w.Unread = fmt.Sprintf("%s %s is gone", of.Kind, of.Name)
	default:
		if w.Template = object.Spec.Template; w.Template == nil {
			w.Unread = fmt.Sprintf("%s %s has none", of.Kind, of.Name)
		}
		if controller := metav1.GetControllerOf(&object.ObjectMeta); controller != nil {
			w.Kind, w.Name = controller.Kind, controller.Name
		}
	}
}
