package objects

import (
	"fmt"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/shipped"
	"fargate-webhook/policy"
)

// excludeFargateNodes is how a DaemonSet is kept off Fargate nodes (F5.2, F5.4).
const excludeFargateNodes = "exclude Fargate nodes with a required node affinity: " + placement.ComputeTypeKey + " NotIn [" + placement.ComputeTypeFargate + "]"

// DaemonSets is about a DaemonSet whose pods a Fargate profile selects, and whose node selector and
// required node affinity (spec.template.spec) don't exclude Fargate nodes. Fargate runs no
// DaemonSets (F2.9, F4.15, F5). Those that EKS ships exclude Fargate nodes by node affinity (F5.2,
// F5.6, S10); the few that don't are warned about at most.
var DaemonSets = &rules.Rule{
	ID:       "daemonset",
	Default:  policy.Deny,
	Severity: rules.High,
	Title:    "a Fargate profile selects the pods of a DaemonSet",
	What: "A DaemonSet whose template a Fargate profile selects as it stands, or any DaemonSet with nodes: FargateOnly in the policy, unless its node selector or required node " +
		"affinity excludes Fargate nodes, as EKS's own add-ons do. Add-ons and charts of AWS that don't, such as fluent-bit, aws-for-fluent-bit and " +
		"aws-node-termination-handler, are warned about at most, since refusing them would break the add-on. They are recognized in every namespace by name, or by one of the " +
		"labels app.kubernetes.io/name, app.kubernetes.io/part-of, helm.sh/chart, k8s-app, app and name. Anybody may set such a label: it only makes a warning of " +
		"this refusal, and EKS claims no pods of a DaemonSet. With daemonSets: Steer in the policy the affinity is added on creation instead; " +
		"updates are then only warned about.",
	Why: "Fargate runs no DaemonSets: every pod has its own machine, and EKS doesn't claim the pods of a DaemonSet. The DaemonSet stays at zero pods, or gets one " +
		"pod for each Fargate node that never starts and blocks rollouts.",
	Fix: "run it as a sidecar container of the pods that need it, or as a Deployment; or, if it is for EC2 nodes, " + excludeFargateNodes,
	References: []string{
		rules.GuideConsiderations,
		"https://github.com/aws/containers-roadmap/issues/971",
		"Amazon EKS user guide, “Amazon EKS add-ons”, Amazon CloudWatch user guide, “Quick Start setup for Container Insights”, and the charts of github.com/aws/eks-charts: what EKS ships",
	},
	Facts: []string{"F2.9", "F4.15", "F5.2", "F5.6"},
	Check: rules.About(daemonSetOnFargate),
}

func daemonSetOnFargate(d *DaemonSet) []rules.Violation {
	if !d.Placement.Fargate && !d.FargateOnly || !placement.SelectsFargateNode(&d.Spec.Template.Spec) {
		return nil
	}
	v := rules.Violation{
		Field:    "spec.template",
		Problem:  fmt.Sprintf("Fargate runs no DaemonSets, and Fargate profile %q selects the pods of this one", d.Placement.Profile),
		WarnOnly: d.WarnOnly,
	}
	if !d.Placement.Fargate {
		v.Problem = "Fargate runs no DaemonSets, and the cluster has no other nodes (nodes: FargateOnly)"
	}
	// A refusal would leave an add-on half installed, or a node group without its devices (F5.6,
	// S10).
	if addon, ok := shipped.Recognize(d.DaemonSet); ok {
		v.WarnOnly, v.Fix = true, excludeFargateNodes
		v.Problem += fmt.Sprintf("; by %s it may be %q, which add-ons, charts or tools of EKS install, so this only warns", addon.By, addon.Chart)
	}
	return []rules.Violation{v}
}
