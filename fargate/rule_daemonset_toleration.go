package fargate

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
)

// RuleDaemonSetToleration is about a DaemonSet that is not Fargate's, but tolerates
// the taint of Fargate nodes (spec.template.spec.tolerations) and does not exclude
// them by node selector or required node affinity: its controller makes a pod for
// each (F5.1, F5.4).
const RuleDaemonSetToleration RuleID = "daemonset-toleration"

func ruleDaemonSetToleration() Rule {
	return Rule{
		ID:      RuleDaemonSetToleration,
		Default: ActionWarn,
		Title:   "a DaemonSet for other nodes tolerates Fargate nodes",
		What: "A DaemonSet that no Fargate profile selects, or that is annotated not to be Fargate's, whose tolerations hold for the taint " +
			computeTypeKey + "=" + computeTypeFargate + ":NoSchedule, as operator: Exists without a key does, unless its node selector or required " +
			"node affinity excludes Fargate nodes. The webhook is sent only what is written to namespaces that a profile selects, so there it " +
			"tells of DaemonSets whose labels no selector wants. For all others there is fargate-webhook review.",
		Why: "Its controller makes a pod for each Fargate node. That node is one pod's machine and has room for no other: the pod never " +
			"starts, and rollouts, helm --wait and the states of add-ons wait for it.",
		Sources: []string{
			"https://github.com/aws/containers-roadmap/issues/971",
			"https://github.com/aws/amazon-vpc-cni-k8s/issues/1429",
			"https://github.com/longhorn/longhorn/issues/6436",
		},
		Remedy: keptOffNodes,
	}
}

func daemonSetToleration(set *appsv1.DaemonSet, place Placement) []Finding {
	spec := &set.Spec.Template.Spec
	// Which node a Fargate pod gets isn't known before: a node that is named is another.
	if place.Fargate || spec.NodeName != "" || !fargateNodeAdmits(spec) {
		return nil
	}
	i := slices.IndexFunc(spec.Tolerations, toleratesFargateNode)
	if i < 0 {
		return nil
	}
	return []Finding{{
		Field:   fmt.Sprintf("spec.template.spec.tolerations[%d]", i),
		Message: "it tolerates the taint of Fargate nodes, so there will be a pod of it for each of them that never starts",
	}}
}
