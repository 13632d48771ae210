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
	"fargate-webhook/internal/parallel"
	"fargate-webhook/policy"
	"fargate-webhook/removal"
)

// unfinished selects the pods that have not ended.
const unfinished = "status.phase!=Succeeded,status.phase!=Failed"

var jobs = batchv1.SchemeGroupVersion.WithResource("jobs")

// controllers are the kinds of which templates are read.
var controllers = map[schema.GroupKind]schema.GroupVersionResource{
	appsv1.SchemeGroupVersion.WithKind("ReplicaSet").GroupKind():            appsv1.SchemeGroupVersion.WithResource("replicasets"),
	appsv1.SchemeGroupVersion.WithKind("StatefulSet").GroupKind():           appsv1.SchemeGroupVersion.WithResource("statefulsets"),
	batchv1.SchemeGroupVersion.WithKind("Job").GroupKind():                  jobs,
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
	o.read(ctx)
	return o.workloads, ctx.Err()
}

// maxRead is how many controllers are read, and at most as many namespaces.
const maxRead = 500

// read reads the controllers of the first workloads, and their namespaces.
func (o *onProfile) read(ctx context.Context) {
	var controlled []int
	for i := range o.workloads {
		switch {
		case o.controllers[i] == nil:
		case len(controlled) < maxRead:
			controlled = append(controlled, i)
		default:
			o.workloads[i].Unread = fmt.Sprintf("only the first %d controllers and their namespaces are read", maxRead)
		}
	}
	exempt := o.exempt(ctx, controlled)
	for i := range o.workloads {
		o.workloads[i].Exempt = exempt[o.workloads[i].Namespace]
	}
	parallel.Do(len(controlled), func(i int) {
		at := controlled[i]
		o.template(ctx, &o.workloads[at], o.controllers[at])
	})
}

// exempt returns which namespaces of some workloads are exempt. Where that can't be read it counts
// as not exempt, as in most clusters none is.
func (o *onProfile) exempt(ctx context.Context, workloads []int) map[string]bool {
	known := map[string]bool{o.own: true}
	var names []string
	for _, i := range workloads {
		if name := o.workloads[i].Namespace; !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	labelled := make([]bool, len(names))
	parallel.Do(len(names), func(i int) {
		namespace := Namespace(ctx, o.client, names[i]).Value
		labelled[i] = namespace != nil && namespace.Labels[policy.ExemptLabel] == "true"
	})
	for i, name := range names {
		known[name] = labelled[i]
	}
	return known
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

// controller is what is read of one: what it creates pods from, and of a Job what makes it fail.
type controller struct {
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Template             *corev1.PodTemplateSpec   `json:"template"`
		BackoffLimit         *int32                    `json:"backoffLimit"`
		BackoffLimitPerIndex *int32                    `json:"backoffLimitPerIndex"`
		PodFailurePolicy     *batchv1.PodFailurePolicy `json:"podFailurePolicy"`
	} `json:"spec"`
	Status struct {
		Failed int32 `json:"failed"`
	} `json:"status"`
}

// template reads what a workload's controller creates pods from, and what controls that.
func (o *onProfile) template(ctx context.Context, w *removal.Workload, of *metav1.OwnerReference) {
	resource, known := controllers[schema.FromAPIVersionAndKind(of.APIVersion, of.Kind).GroupKind()]
	if !known {
		w.Unread = "templates of a " + of.Kind + " aren't read"
		return
	}
	object, err := value(Get[controller](ctx, o.client, resource, w.Namespace, of.Name))
	switch {
	case err != nil:
		w.Unread = err.Error()
	case object == nil || object.UID != of.UID:
		w.Unread = fmt.Sprintf("%s %s is gone", of.Kind, of.Name)
	default:
		if w.Template = object.Spec.Template; w.Template == nil {
			w.Unread = fmt.Sprintf("%s %s has none", of.Kind, of.Name)
		}
		if resource == jobs {
			w.Job = removal.NewJob(&batchv1.JobSpec{BackoffLimit: object.Spec.BackoffLimit, BackoffLimitPerIndex: object.Spec.BackoffLimitPerIndex, PodFailurePolicy: object.Spec.PodFailurePolicy},
				&batchv1.JobStatus{Failed: object.Status.Failed})
		}
		if controller := metav1.GetControllerOf(&object.ObjectMeta); controller != nil {
			w.Kind, w.Name = controller.Kind, controller.Name
		}
	}
}
