package fargate

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
)

// RuleDaemonSet is about a DaemonSet whose pods a Fargate profile selects, and whose
// node selector and required node affinity (spec.template.spec) do not keep it off
// Fargate nodes. Fargate runs no DaemonSets (F2.9, F4.15, F5); those that EKS itself
// ships exclude Fargate nodes by node affinity and are let be (F5.2, F5.6, S10), and
// the few that don't are warned about at most.
const RuleDaemonSet RuleID = "daemonset"

// keptOffNodes is how a DaemonSet is kept off Fargate nodes (F5.2, F5.4).
const keptOffNodes = "keep it off Fargate nodes with a required node affinity: " + computeTypeKey + " NotIn [" + computeTypeFargate + "]"

func ruleDaemonSet() Rule {
	return Rule{
		ID:      RuleDaemonSet,
		Default: ActionDeny,
		Title:   "a Fargate profile selects the pods of a DaemonSet",
		What: "A DaemonSet whose template a Fargate profile selects, as it stands or with the labels that would be added, unless its node " +
			"selector or required node affinity excludes Fargate nodes, as those of EKS's own add-ons do. The few of those that don't, such " +
			"as cloudwatch-agent and fluent-bit in namespace amazon-cloudwatch, are told by namespace and name and warned about at most: " +
			"refusing them would break the add-on. The policy's daemonSets: Steer adds the affinity on creation instead of refusing; it then " +
			"only warns on updates.",
		Why: "Fargate runs no DaemonSets: every pod has a machine of its own, and EKS doesn't claim the pods of a DaemonSet. It stays at " +
			"zero pods, or has one pod for each Fargate node that never starts and holds up rollouts.",
		Sources: []string{
			"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations",
			"https://github.com/aws/containers-roadmap/issues/971",
			"Amazon EKS user guide, “Amazon EKS add-ons”, and Amazon CloudWatch user guide, “Quick Start setup for Container Insights”: what EKS ships",
		},
		Remedy: "run it as a sidecar container of the pods that need it, or as a Deployment; or, if it is for EC2 nodes, " + keptOffNodes,
	}
}

// daemonSetOnFargate finds a DaemonSet that is a profile's by its template.
func (j judge) daemonSetOnFargate(set *appsv1.DaemonSet, place Placement) []Finding {
	if !place.Fargate || !fargateNodeAdmits(&set.Spec.Template.Spec) {
		return nil
	}
	f := Finding{
		Field:   "spec.template",
		Message: fmt.Sprintf("Fargate profile %q selects the pods of this DaemonSet, and Fargate runs no DaemonSets", place.Profile),
		// Under Steer it got its affinity when it was created. An operator that
		// writes it back without must not be refused.
		mild: j.settings.steers() && j.request.Operation == OperationUpdate,
	}
	if isShippedByEKS(j.request.Namespace, set.Name) {
		f.mild, f.Remedy = true, keptOffNodes
	}
	return []Finding{f}
}

// isShippedByEKS tells the DaemonSets of EKS's add-ons, of eksctl and of AWS's
// quick starts by where they are installed. Most of them exclude Fargate nodes
// (F5.2) and are not found anyhow, but not in every version. A refusal would
// leave an add-on half installed or a node group without its devices (F5.6, S10).
func isShippedByEKS(namespace, name string) bool {
	switch namespace + "/" + name {
	case "kube-system/aws-node", // amazon-vpc-cni-k8s
		"kube-system/kube-proxy",
		"kube-system/eks-pod-identity-agent",
		"kube-system/eks-node-monitoring-agent",
		"kube-system/ebs-csi-node", // aws-ebs-csi-driver, the next two likewise
		"kube-system/efs-csi-node",
		"kube-system/s3-csi-node",
		"kube-system/nvidia-device-plugin-daemonset", // eksctl adds these to node groups
		"kube-system/aws-efa-k8s-device-plugin",
		"kube-system/neuron-device-plugin",
		"amazon-cloudwatch/cloudwatch-agent", // Container Insights: the add-on and the quick starts
		"amazon-cloudwatch/fluent-bit",
		"amazon-cloudwatch/fluent-bit-compatible",
		"amazon-cloudwatch/fluentd-cloudwatch",
		"amazon-cloudwatch/xray-daemon":
		return true
	}
	return false
}
