package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodAffinity(t *testing.T) {
	zone := corev1.PodAffinityTerm{TopologyKey: corev1.LabelTopologyZone}
	checkChange(t, PodAffinity, func(p *corev1.Pod) {
		p.Spec.Affinity = &corev1.Affinity{
			PodAffinity:     &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{zone}},
			PodAntiAffinity: &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{PodAffinityTerm: zone}}},
		}
	}, finds("spec.affinity.podAffinity, spec.affinity.podAntiAffinity will have no effect on Fargate",
		"spec.affinity.podAffinity", "spec.affinity.podAntiAffinity"))
}
