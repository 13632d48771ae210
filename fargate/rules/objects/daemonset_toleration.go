package objects

import (
	"fmt"
	"slices"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// DaemonSetToleration is about a DaemonSet that doesn't belong on Fargate, but tolerates the taint
// of Fargate nodes (spec.template.spec.tolerations) and doesn't exclude them by node selector or
// required node affinity: its controller makes a pod for each (F5.1, F5.4).
var DaemonSetToleration = &rules.Rule{
	ID:       "daemonset-toleration",
	Default:  policy.Warn,
	Severity: rules.Medium,
	Title:    "a DaemonSet for other nodes tolerates Fargate nodes",
	What: "A DaemonSet that no Fargate profile selects, or that opts out, whose tolerations cover the taint " + placement.ComputeTypeKey + "=" +
		placement.ComputeTypeFargate + ":NoSchedule, as operator: Exists without a key does, unless its node selector or required node affinity excludes Fargate " +
		"nodes. The webhook only receives what is written to namespaces that a profile selects, so it reports DaemonSets there whose labels no selector matches. " +
		"fargate-webhook review reports all others.",
	Why: "Its controller makes a pod for each Fargate node. That node is one pod's machine and has no room for another: the pod never starts, and rollouts, helm " +
		"--wait and add-on states wait for it.",
	Fix: excludeFargateNodes,
	References: []string{
		"https://github.com/aws/containers-roadmap/issues/971",
		"https://github.com/aws/amazon-vpc-cni-k8s/issues/1429",
		"https://github.com/longhorn/longhorn/issues/6436",
	},
	Facts: []string{"F5.1", "F5.4"},
	Check: rules.About(daemonSetToleration),
}

func daemonSetToleration(d *DaemonSet) []rules.Violation {
	spec := &d.Spec.Template.Spec
	// The node of a Fargate pod isn't known in advance, so a named node is another one.
	if d.Placement.Fargate || spec.NodeName != "" || !placement.SelectsFargateNode(spec) {
		return nil
	}
	i := slices.IndexFunc(spec.Tolerations, placement.ToleratesFargateNode)
	if i < 0 {
		return nil
	}
	return []rules.Violation{{
		Field:   fmt.Sprintf("spec.template.spec.tolerations[%d]", i),
		Problem: "it tolerates the taint of Fargate nodes, so each of them gets a pod of it that never starts",
	}}
}
