package rules

import (
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/policy"
)

// PodAffinity is about spec.affinity.podAffinity and podAntiAffinity, required or preferred, which
// Fargate ignores silently (F4.23, S31). Anti-affinity over host names is met anyway, since each
// pod has its own node.
var PodAffinity = &Rule{
	ID:       "pod-affinity",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "Fargate ignores the pod's affinity to other pods",
	What: "spec.affinity.podAffinity and podAntiAffinity should be absent, required or preferred. Anti-affinity over kubernetes.io/hostname is met anyway, since " +
		"each pod on Fargate has its own node, and is not checked.",
	Why: "Fargate's scheduler ignores both silently: pods that should be close to each other, or far apart, run anywhere. No two pods share a node.",
	Fix: "remove the field; containers that must share a node can share a pod, and a node selector or the profile's subnets choose a zone",
	References: []string{
		"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, note on the scheduler",
		"https://github.com/aws/containers-roadmap/issues/1324",
	},
	Facts: []string{"F4.23"},
	Check: Check{Pod: podAffinity},
}

func podAffinity(p *Pod) []Violation {
	affinity := p.Spec.Affinity
	if affinity == nil {
		return nil
	}
	var found []Violation
	ignored := func(path string) {
		found = Keep(found, Violation{Subject: FieldSubject(path), Field: path, Problem: "will have no effect on Fargate"})
	}
	if near := affinity.PodAffinity; near != nil &&
		len(near.RequiredDuringSchedulingIgnoredDuringExecution)+len(near.PreferredDuringSchedulingIgnoredDuringExecution) > 0 {
		ignored("spec.affinity.podAffinity")
	}
	if far := affinity.PodAntiAffinity; far != nil && isBeyondHosts(far) {
		ignored("spec.affinity.podAntiAffinity")
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
