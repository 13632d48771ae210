package rules

import (
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// PodLevelResources is about a pod with CPU or memory in spec.resources. What Fargate makes of them
// is not documented (F3.8).
var PodLevelResources = &Rule{
	ID:       "pod-level-resources",
	Default:  policy.Warn,
	Severity: Low,
	Title:    "the pod sets resources for all its containers together",
	What:     "CPU or memory in spec.resources of the pod.",
	Why: "Amazon EKS documents sizes by the containers' requests only, so the pod may get another size than its own requests say. Admission leaves the containers " +
		"as they are, since the API server holds them within the pod's resources.",
	Fix: "set requests and limits in the containers, and remove spec.resources",
	References: []string{
		guideSizes,
		"Kubernetes documentation, “Assign Pod-level CPU and memory resources”",
	},
	Facts: []string{"F3.8"},
	Check: Check{Pod: podLevelResources},
}

func podLevelResources(p *Pod) []Violation {
	if !sizing.HasPodLevelResources(p.Spec) {
		return nil
	}
	return []Violation{{
		Field:   "spec.resources",
		Problem: "spec.resources is set, and Fargate is documented to size pods by their containers' requests only",
	}}
}
