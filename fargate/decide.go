package fargate

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/profiles"
)

// OperationKind is what is being done to an object.
type OperationKind string

const (
	// OperationCreate creates the object.
	OperationCreate OperationKind = "CREATE"
	// OperationUpdate changes it.
	OperationUpdate OperationKind = "UPDATE"
)

// Request is what a decision needs to know besides the object.
type Request struct {
	Operation OperationKind
	// Namespace is the one the object is written to. The object's own is not
	// looked at: it may be empty (S22).
	Namespace string
	// Old is the object before an update, nil on create.
	Old runtime.Object
}

// Decision is the judgement of one object.
type Decision struct {
	// Judged is false for kinds that have nothing to do with Fargate.
	Judged    bool
	Placement Placement
	// Size is what Fargate provisions for the pod, or for each pod of the
	// template; nil when it is not Fargate's or larger than all sizes.
	Size *Size
	// Patch is what changes in the pod on admission, with paths from the
	// pod's root; for a template it is what will change in each of its pods.
	Patch Patch
	// Findings is what does not fit, in the order of the rules.
	Findings []Finding
}

// judge holds what is the same for all objects.
type judge struct {
	index  *profiles.Index
	policy *Policy
}

// Decide judges an object: where it, or what it stands for, will run, what
// admission changes in it and what is wrong with it. It is a pure function and
// does not change its arguments. An object that is being deleted is let be.
func Decide(object runtime.Object, request Request, index *profiles.Index, policy *Policy) Decision {
	j := judge{index: index, policy: policy}
	d := j.decide(object, request.Namespace)
	if request.Operation == OperationUpdate {
		// EKS claims pods when they are created and never after (F1.13, S23).
		d.Patch = nil
		if request.Old != nil && len(d.Findings) > 0 {
			d.Findings = newSince(d.Findings, j.decide(request.Old, request.Namespace).Findings)
		}
	}
	if policy.exempts(request.Namespace) || isBeingDeleted(object) {
		d.Patch, d.Findings = nil, nil
	}
	return d
}

func isBeingDeleted(object runtime.Object) bool {
	o, ok := object.(metav1.Object)
	return ok && o.GetDeletionTimestamp() != nil
}

func (j judge) decide(object runtime.Object, namespace string) Decision {
	switch o := object.(type) {
	case *corev1.Pod:
		return j.pod(namespace, &o.ObjectMeta, &o.Spec)
	case *appsv1.DaemonSet:
		return j.daemonSet(namespace, o)
	case *corev1.Service:
		return j.service(namespace, o)
	}
	if path, template := templateOf(object); template != nil {
		return j.template(namespace, path, template)
	}
	return Decision{Placement: Placement{Reason: "this kind has nothing to do with Fargate"}}
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

func (j judge) pod(namespace string, meta *metav1.ObjectMeta, spec *corev1.PodSpec) Decision {
	labels := j.policy.Labels
	if j.policy.exempts(namespace) {
		labels = LabelsOff
	}
	place := Place(namespace, meta, spec, j.index, labels)
	d := Decision{Judged: true, Placement: place, Findings: profilePin(place)}
	if !place.Fargate {
		return d
	}
	d.Patch.setStrings("/metadata/labels", meta.Labels, place.Labels)
	asked, recorded := askedFor(meta.Annotations, spec)
	if size, ok := SizeFor(Requested(asked)); ok {
		d.Size = &size
		if j.policy.Resources == ResourcesFit {
			fitResources(&d.Patch, meta.Annotations, spec, asked, recorded, size)
		}
	}
	return d
}

// template judges a workload by the pods it will make. They are mutated and
// refused when they are created; templates never are changed, since whatever
// keeps the workload as written would change it back.
func (j judge) template(namespace, path string, template *corev1.PodTemplateSpec) Decision {
	d := j.pod(namespace, &template.ObjectMeta, &template.Spec)
	for i := range d.Findings {
		f := &d.Findings[i]
		f.Field = path + "." + f.Field
		if f.Action == ActionDeny {
			f.Action = j.policy.Workloads
		}
	}
	return d
}

func (j judge) daemonSet(namespace string, set *appsv1.DaemonSet) Decision {
	template := &set.Spec.Template
	meta := template.ObjectMeta.DeepCopy()
	if optedOut(&set.ObjectMeta) {
		metav1.SetMetaDataAnnotation(meta, computeTypeKey, computeTypeEC2)
	}
	place := Place(namespace, meta, &template.Spec, j.index, j.policy.Labels)
	return Decision{Judged: true, Placement: withoutLabels(place), Findings: daemonSet(set, place)}
}

// service takes a Service to mean Fargate pods when a pod with just its
// selector as labels would run there. Without a selector it means no pods.
func (j judge) service(namespace string, service *corev1.Service) Decision {
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return Decision{Judged: true, Placement: Placement{Reason: "it selects no pods"}}
	}
	meta := &metav1.ObjectMeta{Labels: service.Spec.Selector}
	if optedOut(&service.ObjectMeta) {
		metav1.SetMetaDataAnnotation(meta, computeTypeKey, computeTypeEC2)
	}
	place := Place(namespace, meta, &corev1.PodSpec{}, j.index, j.policy.Labels)
	return Decision{Judged: true, Placement: withoutLabels(place), Findings: nodePort(service, place)}
}

// withoutLabels is for objects whose placement is told but that get no labels.
func withoutLabels(place Placement) Placement {
	place.Labels = nil
	return place
}
