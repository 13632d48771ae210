package rules

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/policy"
)

// TopologySpread is about spec.topologySpreadConstraints, which Fargate ignores silently (F4.23,
// S31). Constraints over host names are met anyway, since each pod has its own node.
var TopologySpread = &Rule{
	ID:       "topology-spread",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "Fargate ignores the pod's topology spread constraints",
	What: "spec.topologySpreadConstraints should contain only constraints over kubernetes.io/hostname, which are met anyway: each pod on Fargate has its own " +
		"node.",
	Why: "Fargate's scheduler ignores the constraints silently: all pods may run in one zone.",
	Fix: "remove the constraint; to spread pods over zones, create a Fargate profile for each subnet and a workload for each profile",
	References: []string{
		"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, note on the scheduler",
		"https://github.com/aws/containers-roadmap/issues/824",
	},
	Facts: []string{"F4.23"},
	Check: Check{Pod: topologySpread},
}

func topologySpread(p *Pod) []Violation {
	var keys []string
	seen := map[string]bool{corev1.LabelHostname: true}
	for i := range p.Spec.TopologySpreadConstraints {
		if key := p.Spec.TopologySpreadConstraints[i].TopologyKey; !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return []Violation{{
		Field:   "spec.topologySpreadConstraints",
		Problem: fmt.Sprintf("Fargate ignores the topology spread constraints over %s", strings.Join(keys, ", ")),
	}}
}
