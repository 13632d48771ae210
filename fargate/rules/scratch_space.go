package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

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
		"of 20. With medium: Memory it should not exceed the memory of the pod's size less the 256 MiB that Fargate reserves. Several volumes share disk and memory. An emptyDir without sizeLimit is not checked.",
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
	for _, medium := range [2]corev1.StorageMedium{corev1.StorageMediumDefault, corev1.StorageMediumMemory} {
		var all resource.Quantity
		volumes, alone := 0, false
		for i := range p.Spec.Volumes {
			v := &p.Spec.Volumes[i]
			if v.EmptyDir == nil || v.EmptyDir.SizeLimit == nil || v.EmptyDir.Medium != medium {
				continue
			}
			limit := *v.EmptyDir.SizeLimit
			all.Add(limit)
			volumes++
			if problem, fix := p.tooLarge(medium, limit); problem != "" {
				alone = true
				found = Keep(found, Violation{
					Subject: Subject{Kind: "volume", Name: v.Name}, Value: "sizeLimit " + limit.String(), Field: fmt.Sprintf("spec.volumes[%d].emptyDir.sizeLimit", i),
					Problem: problem, Fix: fix,
				})
			}
		}
		if alone || volumes < 2 {
			continue
		}
		if problem, fix := p.tooLarge(medium, all); problem != "" {
			found = Keep(found, Violation{Field: "spec.volumes", Problem: fmt.Sprintf("%d emptyDir volumes with a sizeLimit of %s together %s", volumes, all.String(), problem), Fix: fix})
		}
	}
	return found
}

// tooLarge says why volumes of a size may grow too large, "" if the pod has room for them.
func (p *Pod) tooLarge(medium corev1.StorageMedium, size resource.Quantity) (problem, fix string) {
	if medium == corev1.StorageMediumMemory {
		if p.Plan.Size == nil || p.Plan.Size.HoldsInMemory(size) {
			return "", ""
		}
		return fmt.Sprintf("may grow beyond the pod's memory: Fargate provisions %s for what the pod requests", p.Plan.Size),
			"request more memory in the container that writes to it, or lower emptyDir.sizeLimit"
	}
	provided, ok := sizing.DiskHolds(p.Spec, size)
	if ok {
		return "", ""
	}
	if _, most := sizing.MaxStorage(); size.Cmp(resource.MustParse(most)) > 0 {
		fix = "put the data on Amazon EFS: a pod can request " + most + " of ephemeral-storage at most"
	}
	return fmt.Sprintf("may grow beyond the pod's disk: Fargate provides %s for the ephemeral-storage that the pod requests (%s), and the image and Kubernetes take a part of it",
		provided, sizing.StorageFor(p.Spec).Requested()), fix
}
