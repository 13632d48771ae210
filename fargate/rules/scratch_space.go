package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// ScratchSpace is about an emptyDir that may grow beyond what Fargate provides for the pod: 20 GiB
// of disk without a request, of which the image and Kubernetes take a part (F3.12), or its memory.
var ScratchSpace = &Rule{
	ID:       "scratch-space",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "an emptyDir may grow beyond what the pod has",
	What: "spec.volumes[*].emptyDir.sizeLimit. On disk it should leave 5 GiB of what Fargate provides for the ephemeral-storage that the pod requests: without a request that is 15 GiB " +
		"of 20. With medium: Memory it should not exceed the memory of the pod's size less the 256 MiB that Fargate reserves. An emptyDir without sizeLimit is not checked.",
	Why: "A Fargate pod has a disk of its own, which holds its image and logs too. Its size follows from the requests for ephemeral-storage; sizeLimit asks for nothing. A pod that fills it " +
		"is evicted, or can't write. A volume in memory counts as memory of the container that writes to it, which is killed when the pod has no more.",
	Fix: "request as much ephemeral-storage in a container as the volumes and the image need, or put the data on Amazon EFS",
	References: []string{
		guideSizes,
		"https://github.com/aws/containers-roadmap/issues/1794",
		"Kubernetes documentation, “Volumes”, emptyDir",
	},
	Facts: []string{"F3.12"},
	Check: Check{Pod: scratchSpace},
}

func scratchSpace(p *Pod) []Violation {
	var found []Violation
	for i := range p.Spec.Volumes {
		v := &p.Spec.Volumes[i]
		if v.EmptyDir == nil || v.EmptyDir.SizeLimit == nil {
			continue
		}
		limit := *v.EmptyDir.SizeLimit
		violation := Violation{
			Subject: Subject{Kind: "volume", Name: v.Name}, Value: "sizeLimit " + limit.String(), Field: fmt.Sprintf("spec.volumes[%d].emptyDir.sizeLimit", i),
		}
		if v.EmptyDir.Medium == corev1.StorageMediumMemory {
			if p.Plan.Size != nil && !p.Plan.Size.HoldsInMemory(limit) {
				violation.Problem = fmt.Sprintf("may grow beyond the pod's memory: Fargate provisions %s for what the pod requests", p.Plan.Size)
				violation.Fix = "request more memory in the container that writes to it, or lower emptyDir.sizeLimit"
				found = Keep(found, violation)
			}
			continue
		}
		if provided, ok := sizing.DiskHolds(p.Spec, limit); !ok {
			violation.Problem = fmt.Sprintf("may grow beyond the pod's disk: Fargate provides %s for the ephemeral-storage that the pod requests (%s), and the image and Kubernetes take a part of it",
				provided, sizing.StorageFor(p.Spec).Requested)
			found = Keep(found, violation)
		}
	}
	return found
}
