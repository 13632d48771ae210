package fargate

import (
	"slices"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	schedulingcorev1 "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// computeTypeKey is at once the node label and taint by which Fargate nodes
// are told (F5.1) and the annotation that keeps a pod off Fargate (F1.17, S9).
const computeTypeKey = "eks.amazonaws.com/compute-type"

// computeTypeFargate is the value of that label and taint.
const computeTypeFargate = "fargate"

// ComputeTypeAnnotation opts an object out of Fargate when it is "ec2" (F1.17).
const ComputeTypeAnnotation = computeTypeKey

// fargateNode is a node as Fargate makes one for each pod (F5.1). Its zone,
// region and name stand for any.
func fargateNode() *corev1.Node {
	const name, anywhere = "fargate-ip-192-0-2-1.internal", "any"
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				computeTypeKey:                      computeTypeFargate,
				corev1.LabelArchStable:              "amd64",
				corev1.LabelOSStable:                "linux",
				"beta.kubernetes.io/arch":           "amd64",
				"beta.kubernetes.io/os":             "linux",
				corev1.LabelHostname:                name,
				corev1.LabelTopologyZone:            anywhere,
				corev1.LabelTopologyRegion:          anywhere,
				corev1.LabelFailureDomainBetaZone:   anywhere,
				corev1.LabelFailureDomainBetaRegion: anywhere,
			},
		},
		Spec: corev1.NodeSpec{
			Taints: []corev1.Taint{{Key: computeTypeKey, Value: computeTypeFargate, Effect: corev1.TaintEffectNoSchedule}},
		},
	}
}

// fargateNodeMeets reports whether a Fargate node can meet the pod's node
// selector and required node affinity (F4.17), by the scheduler's own code, and
// its operating system (F3.13).
func fargateNodeMeets(spec *corev1.PodSpec) bool {
	return !asksForOtherOS(spec) && fargateNodeAdmits(spec)
}

// fargateNodeAdmits looks at node selector and required node affinity alone, as
// the scheduler and the DaemonSet controller do. An affinity that doesn't parse
// is met by no node.
func fargateNodeAdmits(spec *corev1.PodSpec) bool {
	affinity := requiredNodeSelector(spec)
	if len(spec.NodeSelector) == 0 && affinity == nil {
		return true
	}
	open := &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}}
	if affinity != nil {
		terms, met := openTerms(affinity.NodeSelectorTerms)
		if !met {
			open.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{NodeSelectorTerms: terms}
		}
	}
	meets, err := nodeaffinity.NewRequiredNodeAffinity(openSelector(spec.NodeSelector), open).Match(fargateNode())
	return err == nil && meets
}

// fargateNodeMeetsTerm is fargateNodeAdmits for one term of a required node
// affinity, of which one has to be met.
func fargateNodeMeetsTerm(term *corev1.NodeSelectorTerm) bool {
	return fargateNodeAdmits(&corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{*term}},
	}}})
}

// toleratesFargateNode reports whether pods with the toleration may be put on a
// Fargate node for all its taint, by the scheduler's own code. What the DaemonSet
// controller adds to its pods' tolerations is for conditions of nodes (not ready,
// short of memory and so on) and never for this taint. Operators Lt and Gt are
// compared as by API servers that know them; the taint's value is no number.
func toleratesFargateNode(toleration corev1.Toleration) bool {
	_, untolerated := schedulingcorev1.FindMatchingUntoleratedTaint(
		logr.Discard(), fargateNode().Spec.Taints, []corev1.Toleration{toleration}, nil, true)
	return !untolerated
}

func asksForOtherOS(spec *corev1.PodSpec) bool {
	return spec.OS != nil && spec.OS.Name != "" && spec.OS.Name != corev1.Linux
}

func requiredNodeSelector(spec *corev1.PodSpec) *corev1.NodeSelector {
	if spec.Affinity == nil || spec.Affinity.NodeAffinity == nil {
		return nil
	}
	return spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
}

// isOpen reports a label whose value the profile's subnets decide: asking for
// a certain zone or region is not by itself a reason not to run (F4.23).
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

// openTerms leaves out the requirements for a certain zone or region. met is
// true when that leaves a term empty: that term is met, and with it all.
func openTerms(terms []corev1.NodeSelectorTerm) (rest []corev1.NodeSelectorTerm, met bool) {
	for _, term := range terms {
		asked := len(term.MatchExpressions)
		term.MatchExpressions = slices.DeleteFunc(slices.Clone(term.MatchExpressions), func(r corev1.NodeSelectorRequirement) bool {
			return r.Operator == corev1.NodeSelectorOpIn && isOpen(r.Key)
		})
		if asked > 0 && len(term.MatchExpressions) == 0 && len(term.MatchFields) == 0 {
			return nil, true
		}
		rest = append(rest, term)
	}
	return rest, false
}
