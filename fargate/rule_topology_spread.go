package fargate

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// RuleTopologySpread is about spec.topologySpreadConstraints, which Fargate
// ignores without a word (F4.23, S31). Constraints over host names are met
// anyway, since each pod has a node of its own, and are let be.
const RuleTopologySpread RuleID = "topology-spread"

func ruleTopologySpread() Rule {
	return Rule{
		ID:      RuleTopologySpread,
		Default: ActionWarn,
		Title:   "Fargate ignores the pod's topology spread constraints",
		What: "spec.topologySpreadConstraints should hold none but constraints over kubernetes.io/hostname, which are met anyway: each pod " +
			"on Fargate has a node of its own.",
		Why: "Fargate's scheduler ignores the constraints and says nothing: the pods may all run in one zone.",
		Sources: []string{
			"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, note on the scheduler",
			"https://github.com/aws/containers-roadmap/issues/824",
		},
		Remedy: "remove the constraint; to spread pods over zones, make a Fargate profile for each subnet and a workload for each profile",
		pod:    topologySpread,
	}
}

func topologySpread(s *subject) []Finding {
	var keys []string
	for i := range s.spec.TopologySpreadConstraints {
		if key := s.spec.TopologySpreadConstraints[i].TopologyKey; key != corev1.LabelHostname && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return []Finding{{
		Field:   "spec.topologySpreadConstraints",
		Message: fmt.Sprintf("Fargate ignores the topology spread constraints over %s", strings.Join(keys, ", ")),
	}}
}
