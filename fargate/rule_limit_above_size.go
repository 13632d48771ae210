package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// RuleLimitAboveSize is about a container whose limit for CPU or memory is
// above what Fargate provisions for the pod: it fails when it is started
// (F3.9, S18). Admission brings limits down, but where a policy says Off and
// where others raise them later.
const RuleLimitAboveSize RuleID = "limit-above-size"

func ruleLimitAboveSize() Rule {
	return Rule{
		ID:      RuleLimitAboveSize,
		Default: ActionWarn,
		Title:   "a limit is above what Fargate provisions for the pod",
		What: "The limits of each container for CPU and memory, against the size that the pod's requests lead to. It looks at the pod as it " +
			"will run, after admission has brought limits down to the size.",
		Why: "Fargate sizes a pod by its requests only. A container with a limit above that can't be started: the node's control group " +
			"refuses the limit, and the container ends in RunContainerError or CreateContainerError.",
		Sources: []string{
			"https://github.com/awsdocs/amazon-eks-user-guide/issues/677",
			"https://github.com/aws/containers-roadmap/issues/1864",
			"https://github.com/fluxcd/flux2/issues/3138",
		},
		Remedy: "lower the limit to the request or leave it out; or raise the request, so that the pod is larger",
		pod:    limitAboveSize,
	}
}

func limitAboveSize(s *subject) []Finding {
	if s.size == nil || s.fitted {
		return nil
	}
	var findings []Finding
	size := s.size.Amount()
	for c := range s.containers() {
		for _, v := range [2]struct {
			name corev1.ResourceName
			most int64
		}{{corev1.ResourceCPU, size.MilliCPU}, {corev1.ResourceMemory, size.MilliBytes}} {
			if limit := statedOf(&c.Resources, v.name).limit; limit > v.most {
				findings = append(findings, c.finding("resources.limits."+string(v.name),
					fmt.Sprintf("its %s limit %s is above the pod's size, %s", v.name, quantityText(v.name, limit), s.size)))
			}
		}
	}
	return findings
}
