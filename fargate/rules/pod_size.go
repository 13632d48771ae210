package rules

import (
	"fmt"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// PodSize is about a pod that requests more than the largest size holds (F3.1, F3.6), less the
// memory that Fargate reserves (F3.2).
var PodSize = &Rule{
	ID:       "pod-size",
	Default:  policy.Deny,
	Severity: High,
	Title:    "the pod requests more than the largest size of Fargate holds",
	What: "By resource, the larger of what all long-running containers request together and of what any init container requests beside the native sidecars " +
		"that started before it, plus " + sizing.Reserved() + " of memory. It must fit the largest size, " + sizing.Largest().String() + ", so a pod may request " +
		"at most " + sizing.Largest().Budget().CPU() + " CPU and " + sizing.Largest().Budget().Memory() + " of memory.",
	Why: "EKS admits the pod and leaves it Pending, with the condition reason POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE.",
	Fix: "request less, split the pod, or run it on EC2 nodes",
	References: []string{
		guideSizes,
		"https://github.com/aws/eks-distro-prow-jobs/issues/11",
	},
	Facts: []string{"F3.1", "F3.2", "F3.6"},
	Check: Check{Pod: podSize},
}

func podSize(p *Pod) []Violation {
	requested, budget := p.Plan.Requested, sizing.Largest().Budget()
	if requested.Within(budget) {
		return nil
	}
	nearest, _ := sizing.For(requested.AtMost(budget))
	return []Violation{{
		Field: "spec.containers",
		Problem: fmt.Sprintf("the pod must not request more than %s CPU and %s of memory: it requests %s and %s, and the nearest size is %s",
			budget.CPU(), budget.Memory(), requested.CPU(), requested.Memory(), nearest),
	}}
}
