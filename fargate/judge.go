package fargate

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

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
	s.reselect()
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
	switch {
	case j.request.Phase != Mutating:
		d.Findings = s.findings()
	case s.reselected != nil && s.placement.Fargate:
		// What the labels lead to is only known while they are being added.
		rule := ruleLabelJoins()
		d.Findings = j.settings.acted(&rule, labelJoins(&s))
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

// completes reports whether admission sets what an object doesn't say. What
// keeps an object as written would undo it later on, and the load balancer that
// an existing one has would be made anew.
func (j judge) completes() bool {
	return j.request.Operation == OperationCreate && j.request.Phase != Validating
}

// withoutLabels is for objects whose placement is told but that get no labels.
func withoutLabels(place Placement) Placement {
	place.Labels = nil
	return place
}
