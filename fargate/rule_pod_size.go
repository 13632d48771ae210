package fargate

import (
	"fmt"
	"strings"
)

// RulePodSize is about a pod that requests more than the largest size of
// Fargate holds (F3.1, F3.6): 16 vCPU, or 120 GB less the 256 MiB that Fargate
// adds (F3.2).
const RulePodSize RuleID = "pod-size"

func rulePodSize() Rule {
	return Rule{
		ID:      RulePodSize,
		Default: ActionDeny,
		Title:   "the pod requests more than the largest size of Fargate holds",
		What: "Per resource, the larger of what all long-running containers request together and of what any init container requests beside " +
			"the native sidecars that started before it, plus 256 MiB of memory. It must fit the largest size, 16 vCPU / 120Gi, so at most 16 CPU and 122624Mi of memory may be requested.",
		Why: "EKS admits the pod and leaves it Pending, with the condition reason POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE.",
		Sources: []string{
			"Amazon EKS user guide, “Understand Fargate Pod configuration details”",
			"https://github.com/aws/eks-distro-prow-jobs/issues/11",
		},
		Remedy: "request less, split the pod, or run it on EC2 nodes",
		pod:    podSize,
	}
}

// largestSize is the last of the table.
func largestSize() Size {
	table := sizeTable()
	row := table[len(table)-1]
	return Size{MilliCPU: row.milliCPU, GiB2: row.most}
}

func podSize(s *subject) []Finding {
	budget := largestSize().Budget()
	if s.requested.within(budget) {
		return nil
	}
	nearest, _ := SizeFor(s.requested.atMost(budget))
	var tooMuch []string
	if s.requested.MilliCPU > budget.MilliCPU {
		tooMuch = append(tooMuch, fmt.Sprintf("CPU is above %s", budget.CPU()))
	}
	if s.requested.MilliBytes > budget.MilliBytes {
		tooMuch = append(tooMuch, fmt.Sprintf("memory is above %s", budget.Memory()))
	}
	return []Finding{{
		Field: "spec.containers",
		Message: fmt.Sprintf("the pod requests %s CPU and %s of memory, and %s, the most that the largest size leaves beside Fargate's own 256Mi; the nearest size is %s",
			s.requested.CPU(), s.requested.Memory(), strings.Join(tooMuch, " and "), nearest),
	}}
}
