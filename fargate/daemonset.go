package fargate

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// daemonSet judges a DaemonSet by where a pod of its template would run, and by
// whether its controller makes pods for Fargate nodes.
func (j judge) daemonSet(set *appsv1.DaemonSet) Decision {
	template := &set.Spec.Template
	meta := template.ObjectMeta.DeepCopy()
	if optedOut(&set.ObjectMeta) {
		metav1.SetMetaDataAnnotation(meta, computeTypeKey, computeTypeEC2)
	}
	place := Place(j.request.Namespace, meta, &template.Spec, j.index, j.settings.Labels)
	d := Decision{Judged: true, Placement: withoutLabels(place)}
	if j.steers(place) {
		d.Patch.steer(&template.Spec)
	}
	// What is steered needs no word, and the validating phase tells the rest.
	if j.request.Phase == Mutating || len(d.Patch) > 0 {
		return d
	}
	onFargate, tolerating := ruleDaemonSet(), ruleDaemonSetToleration()
	d.Findings = slices.Concat(
		j.settings.acted(&onFargate, j.daemonSetOnFargate(set, place)),
		j.settings.acted(&tolerating, daemonSetToleration(set, place)))
	return d
}

// steers reports whether a DaemonSet of that placement is to be kept off
// Fargate nodes by a change: when it is created, since an operator that writes
// it back as it was would go on for ever.
func (j judge) steers(place Placement) bool {
	return j.settings.steers() && place.Fargate && j.completes()
}

// steer keeps the pods of a template off Fargate nodes by its required node
// affinity, whose terms are alternatives: each that a Fargate node may meet is
// given one requirement more. Others stay as they are, an empty one too: it is
// met by no node, and would be by most.
func (p *Patch) steer(spec *corev1.PodSpec) {
	if !fargateNodeAdmits(spec) {
		return
	}
	off := corev1.NodeSelectorRequirement{Key: computeTypeKey, Operator: corev1.NodeSelectorOpNotIn, Values: []string{computeTypeFargate}}
	path := "/spec/template/spec/affinity"
	required := requiredNodeSelector(spec)
	if required == nil {
		added := &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{off}}}}
		p.addRequired(path, spec.Affinity, added)
		return
	}
	for i := range required.NodeSelectorTerms {
		term := &required.NodeSelectorTerms[i]
		if !fargateNodeMeetsTerm(term) {
			continue
		}
		at := itemPath(path+"/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms", i) + "/matchExpressions"
		if len(term.MatchExpressions) == 0 {
			*p = append(*p, Operation{Op: opAdd, Path: at, Value: []corev1.NodeSelectorRequirement{off}})
		} else {
			*p = append(*p, Operation{Op: opAdd, Path: at + "/-", Value: off})
		}
	}
}

// addRequired adds a required node affinity where there is none, and no more of
// what holds it than is missing.
func (p *Patch) addRequired(path string, affinity *corev1.Affinity, required *corev1.NodeSelector) {
	ofNodes := &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: required}
	add := Operation{Op: opAdd, Path: path, Value: &corev1.Affinity{NodeAffinity: ofNodes}}
	if affinity != nil {
		add.Path, add.Value = add.Path+"/nodeAffinity", ofNodes
		if affinity.NodeAffinity != nil {
			add.Path, add.Value = add.Path+"/requiredDuringSchedulingIgnoredDuringExecution", required
		}
	}
	*p = append(*p, add)
}
