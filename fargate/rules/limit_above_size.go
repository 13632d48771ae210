package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// LimitAboveSize is about a container whose CPU or memory limit exceeds what Fargate provisions for
// the pod: it fails to start (F3.9, S18). Admission lowers limits, except where a policy says Off
// and where others raise them later.
var LimitAboveSize = &Rule{
	ID:       "limit-above-size",
	Default:  policy.Warn,
	Severity: High,
	Title:    "a limit exceeds what Fargate provisions for the pod",
	What: "The CPU and memory limits of each container, against the size that follows from the pod's requests. The pod is checked as it will run, after admission " +
		"has lowered limits to the size.",
	Why: "Fargate sizes a pod by its requests only. A container with a higher limit can't start: the node's control group refuses the limit, and the container " +
		"ends in RunContainerError or CreateContainerError.",
	Fix: "lower the limit to the request or remove it; or raise the request, so that the pod gets larger",
	References: []string{
		"https://github.com/awsdocs/amazon-eks-user-guide/issues/677",
		"https://github.com/aws/containers-roadmap/issues/1864",
		"https://github.com/fluxcd/flux2/issues/3138",
	},
	Facts: []string{"F3.9"},
	Check: Check{Pod: limitAboveSize},
}

func limitAboveSize(p *Pod) []Violation {
	if p.Plan.Size == nil || p.Plan.LimitsFit {
		return nil
	}
	var found []Violation
	size := p.Plan.Size.Amount()
	for c := range p.containers() {
		for _, v := range [2]struct {
			name corev1.ResourceName
			most int64
		}{{corev1.ResourceCPU, size.MilliCPU}, {corev1.ResourceMemory, size.MilliBytes}} {
			if limit := sizing.Limit(&c.Resources, v.name); limit > v.most {
				found = append(found, c.violation("resources.limits."+string(v.name), fmt.Sprintf("%s limit %s", v.name, sizing.Quantity(v.name, limit)),
					fmt.Sprintf("must not have a limit above the pod's size, %s", p.Plan.Size)))
			}
		}
	}
	return found
}
