package fargate

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// subject is a pod under judgement, or the pods of a template.
type subject struct {
	*rules.Pod
	// trouble is what could not be looked up for its resources.
	trouble error
	// found is what the rules find in it, where they were checked already.
	found   []rules.Violation
	checked bool
}

// check returns what the rules find in the pod as it will be judged.
func (s *subject) check() []rules.Violation {
	if s.checked {
		return s.found
	}
	return rules.CheckPod(s.Pod, false)
}

// pod decides about a pod, or the pods of a template.
func (d *decider) pod(p subject) outcome {
	o := outcome{Decision: Decision{Judged: true, Placement: p.Placement}}
	if p.Placement.Fargate {
		o.Size, o.Usage, o.Holds, o.Trouble = p.Plan.Size, p.Plan.Usage(), p.Plan.Holds, p.trouble
		o.Raised = p.Plan.Raised
		// EKS claims pods only when they are created (F1.13, S23).
		if d.request.Phase != Validating && d.request.Operation != OperationUpdate {
			o.Patch = append(jsonpatch.SetStrings("/metadata/labels", p.Meta.Labels, p.Placement.Labels), p.Plan.Patch...)
		}
	}
	switch {
	case d.request.Phase != Mutating:
		o.violations = p.check()
	case !p.Placement.Fargate:
	case d.request.Foresee:
		o.foreseen = p.check()
		o.violations = rules.WhileMutating(o.foreseen)
	default:
		o.violations = rules.CheckPod(p.Pod, true)
	}
	return o
}

// appliedAgain decides in the mutating phase about a pod that is updated: where its resources are
// those that it was created with, as when the same manifest is applied again, they stay those that
// admission set then.
func (d *decider) appliedAgain(pod *corev1.Pod) outcome {
	o := outcome{Decision: Decision{Judged: true, Placement: d.place(&pod.ObjectMeta, &pod.Spec)}}
	if old, ok := d.request.Old.(*corev1.Pod); ok && d.request.SubResource == "" {
		o.Patch = sizing.PutBack(old, pod)
	}
	return o
}

// subject builds a pod under judgement, or the pods of a template: where it runs, what it is
// provisioned with, and what its labels change. t is nil for a pod.
func (d *decider) subject(meta *metav1.ObjectMeta, spec *corev1.PodSpec, t *template) subject {
	p, trouble := d.placed(meta, spec, t, d.place(t.podMeta(meta), spec))
	g := d.guard(p, t)
	if g.withheld != nil {
		p, trouble = d.placed(meta, spec, t, *g.withheld)
	}
	p.LabelChange = g.change
	return subject{Pod: p, trouble: trouble, found: g.found, checked: g.checked && g.change == nil && !p.LabelsMissing}
}

// placed builds a pod with a placement.
func (d *decider) placed(meta *metav1.ObjectMeta, spec *corev1.PodSpec, t *template, place placement.Placement) (*rules.Pod, error) {
	p := &rules.Pod{
		Namespace: d.request.Namespace, Meta: meta, Spec: spec, Settings: d.settings, Cluster: d.request.Cluster, Placement: place,
		Done: d.request.Done, Offline: d.request.Offline,
		LabelsMissing: d.request.Phase == Validating && d.request.Operation == OperationCreate && place.AddsSelectorLabels(),
	}
	if d.settings.Nodes == policy.NodesFargateOnly && !place.Fargate && !place.KeptOff {
		p.OtherNamespaces = placement.OtherNamespaces(d.request.Namespace, meta.Labels, d.index)
	}
	if t != nil {
		p.Template, p.ClaimTemplates, p.ClaimPods = true, t.claims, t.pods
		p.TemplatePath, p.Around = t.path, t.around
	}
	if old, ok := d.request.Old.(*corev1.Pod); ok && d.request.SubResource == SubResourceResize {
		p.ResizedFrom = &old.Spec
	}
	var trouble error
	switch {
	case !place.Fargate:
	case d.exempt || d.request.Operation == OperationUpdate:
		p.Plan = sizing.AsItStands(spec)
	case d.request.Phase == Validating:
		p.Plan = sizing.AsAdmitted(meta, spec)
	default:
		var terms *sizing.Terms
		terms, trouble = d.terms(meta, spec, t)
		p.Plan = sizing.NewPlan(meta, spec, terms)
	}
	return p, trouble
}

// adds returns the labels that may be added: none to an exempt pod.
func (d *decider) adds() placement.Adds {
	if d.exempt {
		return placement.Adds{Labels: policy.LabelsOff}
	}
	return placement.AddsOf(d.settings)
}

// place returns where a pod will run, or runs. EKS claims pods only when they are created (F1.13,
// S23): an update of its labels changes nothing, so the old pod decides.
func (d *decider) place(meta *metav1.ObjectMeta, spec *corev1.PodSpec) placement.Placement {
	if d.request.Operation != OperationUpdate {
		if d.request.Phase == Validating {
			if place, ok := placement.ClaimedNow(meta, spec); ok {
				return place
			}
		}
		return placement.Place(d.request.Namespace, meta, spec, d.index, d.adds())
	}
	if old, ok := d.request.Old.(*corev1.Pod); ok {
		meta, spec = &old.ObjectMeta, &old.Spec
	}
	if place, ok := placement.Claimed(meta, spec); ok {
		return place
	}
	return placement.Place(d.request.Namespace, meta, spec, d.index, placement.Adds{Labels: policy.LabelsOff})
}
