package placement

import (
	"slices"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	schedulingcorev1 "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// fargateNode is a node as Fargate makes one for each pod (F5.1). Its name, zone and region stand
// for any. It is never changed.
var fargateNode = &corev1.Node{
	ObjectMeta: metav1.ObjectMeta{
		Name: "fargate-ip-192-0-2-1.internal",
		Labels: map[string]string{
			ComputeTypeKey:                      ComputeTypeFargate,
			corev1.LabelArchStable:              "amd64",
			corev1.LabelOSStable:                "linux",
			"beta.kubernetes.io/arch":           "amd64",
			"beta.kubernetes.io/os":             "linux",
			corev1.LabelHostname:                "fargate-ip-192-0-2-1.internal",
			corev1.LabelTopologyZone:            "any",
			corev1.LabelTopologyRegion:          "any",
			corev1.LabelFailureDomainBetaZone:   "any",
			corev1.LabelFailureDomainBetaRegion: "any",
		},
	},
	Spec: corev1.NodeSpec{
		Taints: []corev1.Taint{{Key: ComputeTypeKey, Value: ComputeTypeFargate, Effect: corev1.TaintEffectNoSchedule}},
	},
}

// RunsOnFargateNode reports whether a Fargate node meets the pod's operating system (F3.13), node
// selector and required node affinity (F4.17).
func RunsOnFargateNode(spec *corev1.PodSpec) bool {
	return !RequiresOtherOS(spec) && SelectsFargateNode(spec)
}

// RequiresOtherOS reports a pod for another operating system than Linux (F3.13).
func RequiresOtherOS(spec *corev1.PodSpec) bool {
	return spec.OS != nil && spec.OS.Name != "" && spec.OS.Name != corev1.Linux
}

// SelectsFargateNode looks at node selector and required node affinity alone, with the scheduler's
// own code, as the scheduler and the DaemonSet controller do. No node meets an affinity that is
// invalid.
func SelectsFargateNode(spec *corev1.PodSpec) bool {
	affinity := RequiredNodeSelector(spec)
	if len(spec.NodeSelector) == 0 && affinity == nil {
		return true
	}
	if len(spec.NodeSelector) > 0 && !meetsNode(openSelector(spec.NodeSelector), nil) {
		return false
	}
	return affinity == nil || slices.ContainsFunc(affinity.NodeSelectorTerms, meetsTerm)
}

// meetsTerm reports whether a Fargate node meets a term once requirements for a zone or region are
// left out. A term without any other is met, one without requirements is not.
func meetsTerm(term corev1.NodeSelectorTerm) bool {
	if len(term.MatchExpressions)+len(term.MatchFields) == 0 {
		return false
	}
	// The scheduler's code takes time that grows with the square of the expressions of a term.
	const most = 8
	for expressions := range slices.Chunk(term.MatchExpressions, most) {
		closed := slices.DeleteFunc(slices.Clone(expressions), func(r corev1.NodeSelectorRequirement) bool {
			return r.Operator == corev1.NodeSelectorOpIn && isOpen(r.Key)
		})
		if len(closed) > 0 && !meetsNode(nil, &corev1.NodeSelectorTerm{MatchExpressions: closed}) {
			return false
		}
	}
	for fields := range slices.Chunk(term.MatchFields, most) {
		if !meetsNode(nil, &corev1.NodeSelectorTerm{MatchFields: fields}) {
			return false
		}
	}
	return true
}

// meetsNode reports whether a Fargate node meets a node selector, and a term of a node affinity
// unless that is nil.
func meetsNode(selector map[string]string, term *corev1.NodeSelectorTerm) bool {
	affinity := &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}}
	if term != nil {
		affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{*term}}
	}
	meets, err := nodeaffinity.NewRequiredNodeAffinity(selector, affinity).Match(fargateNode)
	return err == nil && meets
}

// TermSelectsFargateNode is SelectsFargateNode for one term of a required node affinity, of which
// one has to be met.
func TermSelectsFargateNode(term *corev1.NodeSelectorTerm) bool {
	return SelectsFargateNode(&corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{*term}},
	}}})
}

// ToleratesFargateNode reports whether pods with the toleration can be scheduled to a Fargate node
// despite its taint, by the scheduler's own code. The tolerations that the DaemonSet controller
// adds are for node conditions and never for this taint. Operators Lt and Gt are compared as API
// servers that know them do; the value of the taint isn't a number.
func ToleratesFargateNode(toleration corev1.Toleration) bool {
	_, untolerated := schedulingcorev1.FindMatchingUntoleratedTaint(
		logr.Discard(), fargateNode.Spec.Taints, []corev1.Toleration{toleration}, nil, true)
	return !untolerated
}

// RequiredNodeSelector returns the required node affinity, nil for none.
func RequiredNodeSelector(spec *corev1.PodSpec) *corev1.NodeSelector {
	if spec.Affinity == nil || spec.Affinity.NodeAffinity == nil {
		return nil
	}
	return spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
}

// isOpen reports a label whose value depends on the subnets of the profile. Requiring a zone or
// region is no reason by itself not to run (F4.23).
func isOpen(label string) bool {
	switch label {
	case corev1.LabelTopologyZone, corev1.LabelTopologyRegion,
		corev1.LabelFailureDomainBetaZone, corev1.LabelFailureDomainBetaRegion:
		return true
	}
	return false
}

func openSelector(selector map[string]string) map[string]string {
	rest := make(map[string]string, len(selector))
	for key, value := range selector {
		if !isOpen(key) {
			rest[key] = value
		}
	}
	return rest
}
