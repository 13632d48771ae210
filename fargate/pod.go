package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// pod decides about a pod, or the pods of a template.
func (d *decider) pod(p *rules.Pod, trouble error) outcome {
	o := outcome{Decision: Decision{Judged: true, Placement: p.Placement}}
	if p.Placement.Fargate {
		o.Size, o.Usage, o.Holds, o.Trouble = p.Plan.Size, p.Plan.Usage(), p.Plan.Holds, trouble
		if d.request.Phase != Validating {
			o.Patch = append(jsonpatch.SetStrings("/metadata/labels", p.Meta.Labels, p.Placement.Labels), p.Plan.Patch...)
		}
	}
	if mutating := d.request.Phase == Mutating; !mutating || p.Placement.Fargate {
		o.violations = rules.CheckPod(p, mutating)
	}
	return o
}

// subject builds a pod under judgement: where it runs, what it is provisioned with, and what its labels change. The
// error says what could not be looked up for its resources.
func (d *decider) subject(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (*rules.Pod, error) {
	return d.templateSubject(meta, spec, &made{controller: metav1.GetControllerOfNoCopy(meta)})
}

// made says what makes pods.
type made struct {
	// workload is that of a template, nil for a pod.
	workload *metav1.OwnerReference
	// claims are the claim templates of a StatefulSet.
	claims []corev1.PersistentVolumeClaim
	// controller is that of the workload, or of the pod; nil for none.
	controller *metav1.OwnerReference
}

// templateSubject is subject for the pods of a template too.
func (d *decider) templateSubject(meta *metav1.ObjectMeta, spec *corev1.PodSpec, by *made) (*rules.Pod, error) {
	place, change := d.withhold(meta, d.place(meta, spec), by.workload != nil)
	p := &rules.Pod{
		Namespace: d.request.Namespace, Meta: meta, Spec: spec, Settings: d.settings, Cluster: d.request.Cluster,
		Placement: place, LabelChange: change, Template: by.workload != nil, ClaimTemplates: by.claims,
		LabelsMissing: d.request.Phase == Validating && d.request.Operation == OperationCreate && place.AddsSelectorLabels(),
	}
	if old, ok := d.request.Old.(*corev1.Pod); ok && d.request.SubResource == SubResourceResize {
		p.ResizedFrom = &old.Spec
	}
	var trouble error
	switch {
	case !place.Fargate:
	case d.request.Operation == OperationUpdate:
		p.Plan = sizing.AsItStands(spec)
	case d.request.Phase == Validating:
		p.Plan = sizing.AsAdmitted(meta, spec)
	default:
		var terms *sizing.Terms
		terms, trouble = d.terms(meta, spec, by)
		p.Plan = sizing.NewPlan(meta, spec, terms)
	}
	return p, trouble
}

// labels returns the policy for labels: an exempt pod gets none.
func (d *decider) labels() policy.Labels {
	if d.exempt {
		return policy.LabelsOff
	}
	return d.settings.Labels
}

// place returns where a pod will run, or runs. EKS claims pods only when they are created (F1.13, S23): an update of
// its labels changes nothing, so the old pod decides.
func (d *decider) place(meta *metav1.ObjectMeta, spec *corev1.PodSpec) placement.Placement {
	if d.request.Operation != OperationUpdate {
		if d.request.Phase == Validating {
			if place, ok := placement.ClaimedNow(meta, spec); ok {
				return place
			}
		}
		return placement.Place(d.request.Namespace, meta, spec, d.index, d.labels())
	}
	if old, ok := d.request.Old.(*corev1.Pod); ok {
		meta, spec = &old.ObjectMeta, &old.Spec
	}
	if place, ok := placement.Claimed(meta, spec); ok {
		return place
	}
	return placement.Place(d.request.Namespace, meta, spec, d.index, policy.LabelsOff)
}

// withhold finds the selectors that start or stop matching the pod once the labels of its placement are added. Where
// the rules say so the labels are withheld, and the pod doesn't run on Fargate. Pods that are updated get none anyway.
func (d *decider) withhold(meta *metav1.ObjectMeta, place placement.Placement, template bool) (placement.Placement, *traffic.LabelChange) {
	if len(place.Labels) == 0 || d.request.Cluster == nil {
		return place, nil
	}
	change := traffic.NewLabelChange(meta.Labels, place)
	// Controllers adopt only pods without a controller, which those of a template will have. EKS itself adds the
	// profile label to a pod that it claims as it stands.
	adoptable := !template && !change.PinsOnly() && metav1.GetControllerOfNoCopy(meta) == nil
	if adoptable && rules.LabelAdopted.Action(d.settings) != policy.Off {
		change.FindAdopters(d.request.Cluster, d.request.Namespace)
	}
	// What the pod joins is reported when it gets the labels, or when it doesn't for that very reason. Before the
	// validating phase it got them long ago.
	joins := rules.LabelJoins.Action(d.settings)
	denied := joins == policy.Deny
	if denied || joins == policy.Warn && len(change.Adopters) == 0 && d.request.Phase != Validating {
		change.FindJoins(d.request.Cluster, d.request.Namespace)
	}
	switch {
	case len(change.Adopters) > 0:
		return withheld(place, rules.LabelAdopted), change
	case len(change.Joined)+len(change.Left) == 0:
		return place, nil
	case denied && !change.PinsOnly():
		return withheld(place, rules.LabelJoins), change
	}
	return place, change
}

// withheld returns the placement of a pod that gets no labels because of a rule.
func withheld(place placement.Placement, rule *rules.Rule) placement.Placement {
	return placement.Placement{Reason: fmt.Sprintf("Fargate profile %q would take it with the labels {%s}, which are not added: see rule %s",
		place.Profile, traffic.LabelList(place.Labels, placement.ProfileLabel), rule.ID)}
}
