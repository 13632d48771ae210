package fargate

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
)

// daemonSet decides about a DaemonSet by whether a profile selects the pods of its template as it
// stands, and by whether its controller makes pods for Fargate nodes.
func (d *decider) daemonSet(set *appsv1.DaemonSet) outcome {
	template := &set.Spec.Template
	meta := template.ObjectMeta.DeepCopy()
	if placement.OptedOut(&set.ObjectMeta) {
		metav1.SetMetaDataAnnotation(meta, placement.ComputeTypeKey, placement.ComputeTypeEC2)
	}
	place := placement.Place(d.request.Namespace, meta, &template.Spec, d.index, placement.Adds{Labels: policy.LabelsOff})
	o := outcome{Decision: Decision{Judged: true, Placement: daemonSetPlacement(place)}}
	if d.settings.SteerDaemonSets && (place.Fargate && d.completes() || d.keepsAffinity(set, meta)) {
		if o.Patch = steer(&template.Spec); len(o.Patch) > 0 {
			o.Patch = append(o.Patch, recordField(&set.ObjectMeta, steeredPath)...)
		}
	}
	// The validating phase reports the rest; a steered DaemonSet needs no report.
	if d.request.Phase == Mutating || len(o.Patch) > 0 {
		return o
	}
	o.violations = objects.CheckDaemonSet(&objects.DaemonSet{
		Namespace: d.request.Namespace, DaemonSet: set, Placement: place, FargateOnly: d.settings.Nodes == policy.NodesFargateOnly,
		WarnOnly: d.settings.SteerDaemonSets && d.request.Operation == OperationUpdate,
	}, d.settings)
	return o
}

// daemonSetPlacement returns the placement of a DaemonSet: EKS never claims its pods (F2.9). It
// names the profile that selects them all the same.
func daemonSetPlacement(template placement.Placement) placement.Placement {
	reason := "EKS doesn't claim the pods of a DaemonSet"
	if template.Fargate {
		reason += fmt.Sprintf(", although Fargate profile %q selects them", template.Profile)
	}
	return placement.Placement{Profile: template.Profile, Reason: reason, KeptOff: true}
}

// steeredPath names what steer adds, in the record of what was added.
const steeredPath = "spec.template.spec.affinity"

// keepsAffinity reports an update that leaves out exactly the node affinity that admission added
// when the DaemonSet was created. meta is that of its template, with the opt-out of the DaemonSet
// itself.
func (d *decider) keepsAffinity(set *appsv1.DaemonSet, meta *metav1.ObjectMeta) bool {
	old, ok := d.request.Old.(*appsv1.DaemonSet)
	if !ok || placement.OptedOut(meta) || !d.keeps(&set.ObjectMeta, steeredPath) {
		return false
	}
	before, now := placement.RequiredNodeSelector(&old.Spec.Template.Spec), placement.RequiredNodeSelector(&set.Spec.Template.Spec)
	return equality.Semantic.DeepEqual(before, steered(now))
}

// offFargate is the requirement that keeps pods off Fargate nodes (F5.1).
func offFargate() corev1.NodeSelectorRequirement {
	return corev1.NodeSelectorRequirement{
		Key: placement.ComputeTypeKey, Operator: corev1.NodeSelectorOpNotIn, Values: []string{placement.ComputeTypeFargate},
	}
}

// steered returns a required node selector, nil for none, as steer changes it.
func steered(required *corev1.NodeSelector) *corev1.NodeSelector {
	if required == nil {
		return &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{offFargate()}}}}
	}
	out := required.DeepCopy()
	for i := range out.NodeSelectorTerms {
		if term := &out.NodeSelectorTerms[i]; placement.TermSelectsFargateNode(term) {
			term.MatchExpressions = append(term.MatchExpressions, offFargate())
		}
	}
	return out
}

// steer keeps the pods of a template off Fargate nodes by its required node affinity. Its terms are
// alternatives: each one that a Fargate node meets gets one more requirement. An empty term stays:
// no node meets it, and most would meet it with a requirement.
func steer(spec *corev1.PodSpec) jsonpatch.Patch {
	if !placement.SelectsFargateNode(spec) {
		return nil
	}
	const path = "/spec/template/spec/affinity"
	required := placement.RequiredNodeSelector(spec)
	if required == nil {
		return jsonpatch.Patch{addRequired(path, spec.Affinity, steered(nil))}
	}
	var patch jsonpatch.Patch
	for i := range required.NodeSelectorTerms {
		term := &required.NodeSelectorTerms[i]
		if !placement.TermSelectsFargateNode(term) {
			continue
		}
		at := jsonpatch.Item(path+"/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms", i) + "/matchExpressions"
		if len(term.MatchExpressions) == 0 {
			patch = append(patch, jsonpatch.Add(at, []corev1.NodeSelectorRequirement{offFargate()}))
		} else {
			patch = append(patch, jsonpatch.Add(at+"/-", offFargate()))
		}
	}
	return patch
}

// addRequired adds a required node affinity where there is none, and only as much of what holds it
// as is missing.
func addRequired(path string, affinity *corev1.Affinity, required *corev1.NodeSelector) jsonpatch.Operation {
	ofNodes := &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: required}
	switch {
	case affinity == nil:
		return jsonpatch.Add(path, &corev1.Affinity{NodeAffinity: ofNodes})
	case affinity.NodeAffinity == nil:
		return jsonpatch.Add(path+"/nodeAffinity", ofNodes)
	}
	return jsonpatch.Add(path+"/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution", required)
}
