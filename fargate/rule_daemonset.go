package fargate

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
)

// RuleDaemonSet is about a DaemonSet whose pods a Fargate profile selects, and whose
// node affinity does not keep it off Fargate nodes. Fargate runs no DaemonSets
// (F2.9, F4.15, F5); those that EKS itself ships exclude Fargate nodes by node
// affinity and are let be (F5.2, F5.6, S10).
const RuleDaemonSet RuleID = "daemonset"

func ruleDaemonSet() Rule {
	return Rule{
		ID:      RuleDaemonSet,
		Default: ActionDeny,
		Title:   "a Fargate profile selects the pods of a DaemonSet",
		What: "A DaemonSet whose template a Fargate profile selects, as it stands or with the labels that would be added, unless its node " +
			"selector or required node affinity excludes Fargate nodes, as those of EKS's own add-ons do.",
		Why: "Fargate runs no DaemonSets: every pod has a machine of its own, and EKS doesn't claim the pods of a DaemonSet. It stays at " +
			"zero pods, or has one pod for each Fargate node that never starts and holds up rollouts.",
		Sources: []string{
			"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations",
			"https://github.com/aws/containers-roadmap/issues/971",
		},
		Remedy: "run it as a sidecar container of the pods that need it, or as a Deployment; or, if it is for EC2 nodes, " +
			"keep it off Fargate nodes with a required node affinity: " + computeTypeKey + " NotIn [fargate]",
	}
}

func daemonSet(set *appsv1.DaemonSet, place Placement) []Finding {
	if !place.Fargate || !fargateNodeMeets(&set.Spec.Template.Spec) {
		return nil
	}
	return []Finding{{
		Field:   "spec.template",
		Message: fmt.Sprintf("Fargate profile %q selects the pods of this DaemonSet, and Fargate runs no DaemonSets", place.Profile),
	}}
}
