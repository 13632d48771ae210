package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestTopologySpread(t *testing.T) {
	checkChange(t, TopologySpread, func(p *corev1.Pod) {
		for _, key := range []string{corev1.LabelTopologyZone, corev1.LabelHostname, "rack", "rack"} {
			p.Spec.TopologySpreadConstraints = append(p.Spec.TopologySpreadConstraints, corev1.TopologySpreadConstraint{TopologyKey: key})
		}
	}, finds("Fargate ignores the topology spread constraints over topology.kubernetes.io/zone, rack", "spec.topologySpreadConstraints"))
}
