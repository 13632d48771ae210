package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

const (
	// storageReserved is what Fargate adds, in milli-bytes, to the requested
	// ephemeral storage and a tenth of it; storageMost is the most that it
	// provides (F3.12).
	storageReserved = 5 * gibibyte
	storageMost     = 175 * gibibyte
	// storageMostAsked is the largest sum of requests that fits, in
	// milli-bytes: 154.54 GiB.
	storageMostAsked = (storageMost - storageReserved) * 10 / 11
)

// RuleEphemeralStorage is about requests of ephemeral-storage that are more
// than Fargate provides: their sum, counted as that of CPU and memory (F3.2),
// with 10 % and 5 GiB more, may be 175 GiB at most (F3.12, S19). A limit
// without a request counts as one.
const RuleEphemeralStorage RuleID = "ephemeral-storage"

func ruleEphemeralStorage() Rule {
	return Rule{
		ID:      RuleEphemeralStorage,
		Default: ActionDeny,
		Title:   "the pod asks for more ephemeral storage than Fargate provides",
		What: "The requests of ephemeral-storage, summed up over sidecars and containers, or what an init container needs if that is more, " +
			"with 10 % and 5 GiB added, must be no more than 175 GiB: the sum is at most 154.54 GiB. A limit without a request counts as one.",
		Why: "Fargate provides 20 GiB of ephemeral storage to each pod and up to 175 GiB on request, of which it takes a tenth and 5 GiB for " +
			"itself. A pod that asks for more stays Pending.",
		Sources: []string{
			guideSizes,
			"AWS blog, “Amazon EKS on AWS Fargate adds support for larger ephemeral volumes”, 2023",
			"inferred: that 10 % and 5 GiB count towards the 175 GiB",
		},
		Remedy: "request less ephemeral-storage, or put the data on a persistentVolumeClaim bound to Amazon EFS",
		pod:    ephemeralStorage,
	}
}

func ephemeralStorage(s *subject) []Finding {
	asked := requestedStorage(s.spec)
	if asked <= storageMostAsked {
		return nil
	}
	return []Finding{{
		Field: "spec.containers",
		Message: fmt.Sprintf("ephemeral-storage requests sum up to %s, for which Fargate would have to provide %s; it provides 175Gi at most, so they may sum up to %s",
			inMebibytes(asked), inMebibytes(asked+(asked+9)/10+storageReserved), inMebibytes(storageMostAsked/mebibyte*mebibyte)),
	}}
}

// requestedStorage is the ephemeral storage a pod asks for, in milli-bytes, by
// the formula of Requested.
func requestedStorage(spec *corev1.PodSpec) int64 {
	asked := func(c *corev1.Container) int64 {
		return statedOf(&c.Resources, corev1.ResourceEphemeralStorage).request
	}
	var sidecars, starting int64
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		if isSidecar(c) {
			sidecars = min(sidecars+asked(c), ceiling)
			starting = max(starting, sidecars)
		} else {
			starting = max(starting, min(sidecars+asked(c), ceiling))
		}
	}
	running := sidecars
	for i := range spec.Containers {
		running = min(running+asked(&spec.Containers[i]), ceiling)
	}
	overhead := spec.Overhead[corev1.ResourceEphemeralStorage]
	return min(max(running, starting)+thousandths(overhead), ceiling)
}

// inMebibytes writes an amount of milli-bytes as a quantity, rounded up to Mi.
func inMebibytes(milliBytes int64) string {
	return resource.NewQuantity((milliBytes+mebibyte-1)/mebibyte<<20, resource.BinarySI).String()
}
