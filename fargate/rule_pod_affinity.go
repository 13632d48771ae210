package fargate

import (
	corev1 "k8s.io/api/core/v1"
)

// RulePodAffinity is about spec.affinity.podAffinity and podAntiAffinity,
// required or preferred, which Fargate ignores without a word (F4.23, S31).
// Anti-affinity over host names is met anyway, since each pod has a node of
// its own, and is let be.
const RulePodAffinity RuleID = "pod-affinity"

func rulePodAffinity() Rule {
	return Rule{
		ID:      RulePodAffinity,
		Default: ActionWarn,
		Title:   "Fargate ignores the pod's affinity to other pods",
		What: "spec.affinity.podAffinity and podAntiAffinity should be absent, required or preferred. Anti-affinity over " +
			"kubernetes.io/hostname is met anyway, since each pod on Fargate has a node of its own, and is not looked at.",
		Why: "Fargate's scheduler ignores both and says nothing: pods that were to be near one another, or far, are where they happen to be. " +
			"No two pods share a node.",
		Sources: []string{
			"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, note on the scheduler",
			"https://github.com/aws/containers-roadmap/issues/1324",
		},
		Remedy: "remove it; containers that have to be on one node can share a pod, and a zone can be chosen with a node selector or the profile's subnets",
		pod:    podAffinity,
	}
}

func podAffinity(s *subject) []Finding {
	var found []Finding
	affinity := s.spec.Affinity
	if affinity == nil {
		return nil
	}
	if near := affinity.PodAffinity; near != nil &&
		len(near.RequiredDuringSchedulingIgnoredDuringExecution)+len(near.PreferredDuringSchedulingIgnoredDuringExecution) > 0 {
		found = append(found, Finding{Field: "spec.affinity.podAffinity", Message: "Fargate ignores podAffinity"})
	}
	if far := affinity.PodAntiAffinity; far != nil && isBeyondHosts(far) {
		found = append(found, Finding{Field: "spec.affinity.podAntiAffinity", Message: "Fargate ignores podAntiAffinity"})
	}
	return found
}

// isBeyondHosts reports anti-affinity over more than host names.
func isBeyondHosts(far *corev1.PodAntiAffinity) bool {
	for i := range far.RequiredDuringSchedulingIgnoredDuringExecution {
		if far.RequiredDuringSchedulingIgnoredDuringExecution[i].TopologyKey != corev1.LabelHostname {
			return true
		}
	}
	for i := range far.PreferredDuringSchedulingIgnoredDuringExecution {
		if far.PreferredDuringSchedulingIgnoredDuringExecution[i].PodAffinityTerm.TopologyKey != corev1.LabelHostname {
			return true
		}
	}
	return false
}
