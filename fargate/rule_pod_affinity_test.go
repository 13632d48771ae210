package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodAffinity(t *testing.T) {
	zone := corev1.PodAffinityTerm{TopologyKey: corev1.LabelTopologyZone}
	checkTold(t, RulePodAffinity, func(p *corev1.Pod) {
		p.Spec.Affinity = &corev1.Affinity{
			PodAffinity:     &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{zone}},
			PodAntiAffinity: &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{PodAffinityTerm: zone}}},
		}
	}, "spec.affinity.podAffinity: Fargate ignores podAffinity", "spec.affinity.podAntiAffinity: Fargate ignores podAntiAffinity")
}
