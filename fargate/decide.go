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

const (
	// SubResourceEphemeralContainers adds ephemeral containers to a pod.
	SubResourceEphemeralContainers = "ephemeralcontainers"
	// SubResourceResize changes the resources of a running pod in place.
	SubResourceResize = "resize"
)

// Phase is the part of admission that a decision is for.
type Phase int

const (
	// WholeAdmission is all of it, as a review sees it: what will be changed,
	// and what is wrong for all that.
	WholeAdmission Phase = iota
	// Mutating changes the object and refuses nothing: others may still change
	// what is wrong with it.
	Mutating
	// Validating judges the final object (S21) and changes nothing.
	Validating
)

// Request is what a decision needs to know besides the object.
type Request struct {
	Operation OperationKind
	// SubResource is the part that is written: SubResourceEphemeralContainers
	// or SubResourceResize of a pod, empty for the object itself.
	SubResource string
	Phase       Phase
	// Namespace is the one the object is written to. The object's own is not
	// looked at: it may be empty (S22).
	Namespace string
	// User and Groups are who asks for it, empty when that isn't known.
	User   string
	Groups []string
	// Old is the object before an update, nil on create.
	Old runtime.Object
	// Cluster tells of other objects; nil when nothing is known of them.
	Cluster Cluster
}

// Decision is the judgement of one object.
type Decision struct {
	// Judged is false for kinds that have nothing to do with Fargate.
	Judged    bool
	Placement Placement
	// Size is what Fargate provisions for the pod, or for each pod of the
	// template; nil when it is not Fargate's or larger than all sizes.
	Size *Size
	// Usage tells how that is used; nil when Size is.
	Usage *Usage
	// Patch is what changes in the pod on admission, with paths from the
	// pod's root; for a template it is what will change in each of its pods.
	Patch Patch
	// Findings is what does not fit, in the order of the rules.
	Findings []Finding
	// Trouble says what could not be looked up, so that the pod's resources
	// are left as they are; nil when nothing was missing.
	Trouble error
}

// judge holds what is the same for all objects of a request.
type judge struct {
	request  *Request
	index    *profiles.Index
	settings *Settings
	exempt   bool
	// ofTemplate is true for what stands for pods that are made later.
	ofTemplate bool
}

// Decide judges an object: where it, or what it stands for, will run, what
// admission changes in it and what is wrong with it. It is a pure function and
// does not change its arguments. An object that is being deleted is let be.
func Decide(object runtime.Object, request Request, index *profiles.Index, policy *Policy) Decision {
	j := judge{request: &request, index: index, settings: policy.For(request.Namespace), exempt: policy.exempts(&request)}
	d := j.decide(object)
	if request.Operation == OperationUpdate {
		// EKS claims pods when they are created and never after (F1.13, S23).
		d.Patch = nil
		if request.Old != nil && len(d.Findings) > 0 {
			d.Findings = newSince(d.Findings, j.decide(request.Old).Findings)
		}
	}
	if j.exempt || isBeingDeleted(object) {
		d.Patch, d.Findings = nil, nil
	}
	return d
}

func isBeingDeleted(object runtime.Object) bool {
	o, ok := object.(metav1.Object)
	return ok && o.GetDeletionTimestamp() != nil
}

func (j judge) decide(object runtime.Object) Decision {
	switch o := object.(type) {
	case *corev1.Pod:
		return j.pod(&o.ObjectMeta, &o.Spec, nil)
	case *appsv1.DaemonSet:
		return j.daemonSet(o)
	case *corev1.Service:
		return j.service(o)
	}
	if path, template := templateOf(object); template != nil {
		return j.template(object, path, template)
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

// labels is the policy for labels, under which an exempt pod gets none.
func (j judge) labels() LabelsPolicy {
	if j.exempt {
		return LabelsOff
	}
	return j.settings.Labels
}

func (j judge) pod(meta *metav1.ObjectMeta, spec *corev1.PodSpec, claims []corev1.PersistentVolumeClaim) Decision {
	s := subject{
		request: j.request, meta: meta, spec: spec, settings: j.settings, claimTemplates: claims,
		placement:  j.place(meta, spec),
		asItStands: j.request.Phase == Validating || j.request.Operation == OperationUpdate,
		template:   j.ofTemplate,
	}
	d := Decision{Judged: true, Placement: s.placement}
	if s.placement.Fargate {
		d.Patch.setStrings("/metadata/labels", meta.Labels, s.placement.Labels)
		s.provision(&d.Patch)
		d.Trouble = s.trouble
		if d.Size = s.size; s.size != nil {
			d.Usage = s.size.usage(s.requested, s.handedOut)
		}
	}
	if j.request.Phase == Validating {
		d.Patch = nil
	}
	if j.request.Phase != Mutating {
		d.Findings = s.findings()
	}
	return d
}

// template judges a workload by the pods it will make. They are mutated and
// refused when they are created; templates never are changed, since whatever
// keeps the workload as written would change it back.
func (j judge) template(object runtime.Object, path string, template *corev1.PodTemplateSpec) Decision {
	var claims []corev1.PersistentVolumeClaim
	if set, ok := object.(*appsv1.StatefulSet); ok {
		claims = set.Spec.VolumeClaimTemplates
	}
	// Its pods are created, and changed then, whatever is done to it.
	whole := *j.request
	whole.Phase, whole.Operation = WholeAdmission, OperationCreate
	j.request, j.ofTemplate = &whole, true
	d := j.pod(&template.ObjectMeta, &template.Spec, claims)
	for i := range d.Findings {
		f := &d.Findings[i]
		if !f.ofOwner {
			f.Field = path + "." + f.Field
		}
		if f.Action == ActionDeny {
			f.Action = j.settings.Workloads
		}
	}
	if j.settings.Workloads == ActionOff {
		d.Findings = nil
	}
	rule := ruleJobTTL()
	d.Findings = append(d.Findings, j.settings.acted(&rule, jobTTL(object, d.Placement))...)
	if isLeftToOwner(object) {
		d.Findings = nil
	}
	return d
}

// isLeftToOwner reports a ReplicaSet or Job that a controller made: what is
// wrong with it is told where it can be mended, and with its pods.
func isLeftToOwner(object runtime.Object) bool {
	switch o := object.(type) {
	case *appsv1.ReplicaSet:
		return metav1.GetControllerOfNoCopy(o) != nil
	case *batchv1.Job:
		return metav1.GetControllerOfNoCopy(o) != nil
	}
	return false
}

func (j judge) daemonSet(set *appsv1.DaemonSet) Decision {
	template := &set.Spec.Template
	meta := template.ObjectMeta.DeepCopy()
	if optedOut(&set.ObjectMeta) {
		metav1.SetMetaDataAnnotation(meta, computeTypeKey, computeTypeEC2)
	}
	place := Place(j.request.Namespace, meta, &template.Spec, j.index, j.settings.Labels)
	rule := ruleDaemonSet()
	return Decision{Judged: true, Placement: withoutLabels(place), Findings: j.settings.acted(&rule, daemonSet(set, place))}
}

// service takes a Service to mean Fargate pods when a pod with just its
// selector as labels would run there. Without a selector it means no pods.
func (j judge) service(service *corev1.Service) Decision {
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return Decision{Judged: true, Placement: Placement{Reason: "it selects no pods"}}
	}
	meta := &metav1.ObjectMeta{Labels: service.Spec.Selector}
	if optedOut(&service.ObjectMeta) {
		metav1.SetMetaDataAnnotation(meta, computeTypeKey, computeTypeEC2)
	}
	place := Place(j.request.Namespace, meta, &corev1.PodSpec{}, j.index, j.settings.Labels)
	rule := ruleNodePort()
	return Decision{Judged: true, Placement: withoutLabels(place), Findings: j.settings.acted(&rule, nodePort(service, place))}
}

// withoutLabels is for objects whose placement is told but that get no labels.
func withoutLabels(place Placement) Placement {
	place.Labels = nil
	return place
}
