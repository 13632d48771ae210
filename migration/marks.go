package migration

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// profileLabel is about the label that chooses a profile (F1.7).
var profileLabel = &Note{
	Rule: rules.Rule{
		ID: "fargate-profile-label", Default: policy.Warn, Severity: rules.Medium,
		Title:      "the pod has the label of a Fargate profile",
		What:       "metadata.labels of the pod has eks.amazonaws.com/fargate-profile, which chooses among the Fargate profiles that match.",
		Why:        "Other webhooks take every pod with this label for one on Fargate: that of security groups for pods gives it no network interface on a node, and injectors of sidecars add those for Fargate.",
		Fix:        "remove the label",
		References: []string{"https://github.com/aws/amazon-vpc-resource-controller-k8s"},
		Facts:      []string{"F1.7", "F2.14", "F2.15", "S4"},
	},
	find: ofMarks(func(p *pod, _ Target) []place {
		value, ok := p.meta.Labels[placement.ProfileLabel]
		if !ok {
			return nil
		}
		return []place{{
			field:   p.at("metadata.labels[" + placement.ProfileLabel + "]"),
			problem: fmt.Sprintf("the label %s: %q makes other webhooks treat the pod as one on Fargate, on a node too", placement.ProfileLabel, value),
		}}
	}),
}

// nodeSelection is about what only a Fargate node meets (F5.1, F11.1).
var nodeSelection = &Note{
	Rule: rules.Rule{
		ID: "fargate-node-selection", Default: policy.Warn, Severity: rules.High,
		Title:      "the pod selects nodes of another compute type",
		What:       "spec.nodeSelector and the required node affinity must be met by a node of the target, as far as they are about eks.amazonaws.com/compute-type: it is auto in EKS Auto Mode, and other EC2 nodes don't have the label.",
		Why:        "The pod stays Pending: only Fargate nodes have the value fargate.",
		Fix:        "remove the requirement",
		References: []string{"Amazon EKS user guide, “Control if a workload is deployed on EKS Auto Mode nodes”"},
		Facts:      []string{"F5.1", "F11.1", "S11"},
	},
	find: ofMarks(selectsOthers),
}

func selectsOthers(p *pod, target Target) []place {
	var found []place
	if value, ok := p.spec.NodeSelector[placement.ComputeTypeKey]; ok && (target != AutoMode || value != autoComputeType) {
		found = append(found, place{
			field:   p.at("spec.nodeSelector[" + placement.ComputeTypeKey + "]"),
			problem: fmt.Sprintf("the node selector %s: %q keeps the pod off %s", placement.ComputeTypeKey, value, target.nodes()),
		})
	}
	required := placement.RequiredNodeSelector(p.spec)
	if required == nil || len(required.NodeSelectorTerms) == 0 {
		return found
	}
	if slices.ContainsFunc(required.NodeSelectorTerms, func(term corev1.NodeSelectorTerm) bool { return meets(&term, target) }) {
		return found
	}
	return append(found, place{
		field:   p.at("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"),
		problem: fmt.Sprintf("the required node affinity for %s keeps the pod off %s", placement.ComputeTypeKey, target.nodes()),
	})
}

// autoComputeType is the compute type of nodes of EKS Auto Mode (F11.1).
const autoComputeType = "auto"

// meets reports whether nodes of the target meet what a term requires of the compute type.
func meets(term *corev1.NodeSelectorTerm, target Target) bool {
	for _, r := range term.MatchExpressions {
		if r.Key != placement.ComputeTypeKey {
			continue
		}
		listed, labelled := slices.Contains(r.Values, autoComputeType), target == AutoMode
		met := true
		switch r.Operator {
		case corev1.NodeSelectorOpIn:
			met = labelled && listed
		case corev1.NodeSelectorOpNotIn:
			met = !labelled || !listed
		case corev1.NodeSelectorOpExists:
			met = labelled
		case corev1.NodeSelectorOpDoesNotExist:
			met = !labelled
		case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
			met = false
		}
		if !met {
			return false
		}
	}
	return true
}

// scheduler is about pods that only the Fargate scheduler would bind (F2.5).
var scheduler = &Note{
	Rule: rules.Rule{
		ID: "fargate-scheduler-name", Default: policy.Warn, Severity: rules.High,
		Title:      "the pod asks for the Fargate scheduler",
		What:       "spec.schedulerName is fargate-scheduler. EKS sets it on the pods that it takes to Fargate; a manifest need not.",
		Why:        "The scheduler of nodes leaves such a pod alone, and the Fargate scheduler binds it to no node: it stays Pending.",
		Fix:        "remove spec.schedulerName",
		References: []string{"https://github.com/aws/karpenter-provider-aws/issues/7455"},
		Facts:      []string{"F2.5", "F2.12"},
	},
	find: ofMarks(func(p *pod, _ Target) []place {
		if p.spec.SchedulerName != placement.Scheduler {
			return nil
		}
		return []place{{
			field:   p.at("spec.schedulerName"),
			problem: fmt.Sprintf("spec.schedulerName must not be %q: the scheduler that binds pods to nodes leaves the pod alone", placement.Scheduler),
		}}
	}),
}

// toleration is about a toleration for the taint of Fargate nodes alone (F5.1).
var toleration = &Note{
	Rule: rules.Rule{
		ID: "fargate-toleration", Default: policy.Warn, Severity: rules.Low,
		Title:      "the pod tolerates the taint of Fargate nodes",
		What:       "spec.tolerations names the taint eks.amazonaws.com/compute-type of Fargate nodes.",
		Why:        "It was not needed on Fargate, and does nothing elsewhere: no other node has the taint.",
		Fix:        "remove the toleration",
		References: []string{"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations"},
		Facts:      []string{"F4.24", "F5.1"},
	},
	find: ofMarks(func(p *pod, _ Target) []place {
		var found []place
		for i, t := range p.spec.Tolerations {
			if t.Key == placement.ComputeTypeKey && (t.Operator == corev1.TolerationOpExists || t.Value == placement.ComputeTypeFargate) {
				found = append(found, place{
					field:   p.at(fmt.Sprintf("spec.tolerations[%d]", i)),
					problem: "the toleration of the taint " + placement.ComputeTypeKey + " of Fargate nodes does nothing elsewhere",
				})
				break
			}
		}
		return found
	}),
}

// annotations is about annotations that only Fargate, or admission to Fargate, writes and reads.
var annotations = &Note{
	Rule: rules.Rule{
		ID: "fargate-annotations", Default: policy.Warn, Severity: rules.Low,
		Title: "the pod has annotations that mean something on Fargate only",
		What: "metadata.annotations of the pod has CapacityProvisioned, Logging, fargate.amazonaws.com/pod-sg or fargate-webhook/resources. EKS writes the first three on pods " +
			"on Fargate; the last sets how fargate-webhook hands out a Fargate size.",
		Why:        "They describe a pod that ran on Fargate. On a node nobody reads them, and people who do are misled.",
		Fix:        "remove the annotations",
		References: []string{"Amazon EKS user guide, “Understand Fargate Pod configuration details”"},
		Facts:      []string{"F2.6", "F2.14"},
	},
	find: ofMarks(func(p *pod, _ Target) []place {
		var keys []string
		for _, key := range slices.Sorted(maps.Keys(p.meta.Annotations)) {
			if isOfFargate(key, p.meta.Annotations[key]) {
				keys = append(keys, key)
			}
		}
		if len(keys) == 0 {
			return nil
		}
		return []place{{field: p.at(annotation(keys[0])), problem: "only pods on Fargate have a use for the annotations " + strings.Join(keys, ", ")}}
	}),
}

// isOfFargate reports an annotation that only pods on Fargate have. "Logging" is a word that others
// may use, with other values.
func isOfFargate(key, value string) bool {
	switch key {
	case sizing.ProvisionedAnnotation, "fargate.amazonaws.com/pod-sg", sizing.ResourcesAnnotation:
		return true
	case "Logging":
		return strings.HasPrefix(value, "LoggingEnabled") || strings.HasPrefix(value, "LoggingDisabled")
	}
	return false
}
