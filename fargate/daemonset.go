package fargate

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// daemonSet decides about a DaemonSet by whether a profile selects the pods of its template as it stands,
// and by whether its controller makes pods for Fargate nodes.
func (d *decider) daemonSet(set *appsv1.DaemonSet) outcome {
	template := &set.Spec.Template
	meta := template.ObjectMeta.DeepCopy()
	if placement.OptedOut(&set.ObjectMeta) {
		metav1.SetMetaDataAnnotation(meta, placement.ComputeTypeKey, placement.ComputeTypeEC2)
	}
	place := placement.Place(d.request.Namespace, meta, &template.Spec, d.index, placement.Adds{Labels: policy.LabelsOff})
	o := outcome{Decision: Decision{Judged: true, Placement: daemonSetPlacement(place)}}
	if d.settings.SteerDaemonSets && place.Fargate && d.completes() {
		o.Patch = steer(&template.Spec)
	}
	// The validating phase reports the rest; a steered DaemonSet needs no report.
	if d.request.Phase == Mutating || len(o.Patch) > 0 {
		return o
	}
	o.violations = rules.CheckDaemonSet(&rules.DaemonSet{
		Namespace: d.request.Namespace, DaemonSet: set, Placement: place, FargateOnly: d.settings.Nodes == policy.NodesFargateOnly,
		WarnOnly: d.settings.SteerDaemonSets && d.request.Operation == OperationUpdate,
	}, d.settings)
	return o
}

// daemonSetPlacement returns the placement of a DaemonSet: EKS never claims its pods (F2.9). It names the
// profile that selects them all the same.
func daemonSetPlacement(template placement.Placement) placement.Placement {
	reason := "EKS doesn't claim the pods of a DaemonSet"
	if template.Fargate {
		reason += fmt.Sprintf(", although Fargate profile %q selects them", template.Profile)
	}
	return placement.Placement{Profile: template.Profile, Reason: reason, KeptOff: true}
}

// steer keeps the pods of a template off Fargate nodes by its required node affinity. Its terms are alternatives: each
// one that a Fargate node meets gets one more requirement. An empty term stays: no node meets it, and most would meet it
// with a requirement.
func steer(spec *corev1.PodSpec) jsonpatch.Patch {
	if !placement.SelectsFargateNode(spec) {
		return nil
	}
	off := corev1.NodeSelectorRequirement{
		Key: placement.ComputeTypeKey, Operator: corev1.NodeSelectorOpNotIn, Values: []string{placement.ComputeTypeFargate},
	}
	const path = "/spec/template/spec/affinity"
	required := placement.RequiredNodeSelector(spec)
	if required == nil {
		added := &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{off}}}}
		return jsonpatch.Patch{addRequired(path, spec.Affinity, added)}
	}
	var patch jsonpatch.Patch
	for i := range required.NodeSelectorTerms {
		term := &required.NodeSelectorTerms[i]
		if !placement.TermSelectsFargateNode(term) {
			continue
		}
		at := jsonpatch.Item(path+"/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms", i) + "/matchExpressions"
		if len(term.MatchExpressions) == 0 {
			patch = append(patch, jsonpatch.Add(at, []corev1.NodeSelectorRequirement{off}))
		} else {
			patch = append(patch, jsonpatch.Add(at+"/-", off))
		}
	}
	return patch
}

// addRequired adds a required node affinity where there is none, and only as much of what holds it as is missing.
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
