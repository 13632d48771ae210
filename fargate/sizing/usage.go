package sizing

import corev1 "k8s.io/api/core/v1"

// Usage says how a pod uses what Fargate provisions for it. Under policy Fit HandedOut grows and
// Provisioned doesn't.
type Usage struct {
	// Requested is what the pod requests before admission, as Fargate counts it (see [Requested]).
	Requested Amount
	// Provisioned is its size: what is billed.
	Provisioned Amount
	// HandedOut is what its long-running containers, native sidecars among them, may use together
	// after admission: the sum of their limits, and no more than the size less what Fargate
	// reserves. A container without a limit may use all of that. Init containers don't count, since
	// what only they use is idle once they have ended: HandedOut may be less than Requested.
	HandedOut Amount
	// Unused is the rest: what is billed, not reserved by Fargate (F3.2), and may not be used by
	// the long-running containers.
	Unused Amount
}

// Raised says of which resources admission raises requests.
type Raised struct{ CPU, Memory bool }

// note notes what a container requested, and what its requests become.
func (r *Raised) note(original *corev1.ResourceRequirements, final [2]stated) {
	r.CPU = r.CPU || final[0].request > statedOf(original, sized[0]).request
	r.Memory = r.Memory || final[1].request > statedOf(original, sized[1]).request
}

// usable returns what the long-running containers of a pod may use of a budget.
func usable(spec *corev1.PodSpec, budget Amount) Amount {
	overhead := AmountIn(spec.Overhead)
	budget = budget.Minus(overhead)
	var sum Amount
	add := func(r *corev1.ResourceRequirements) {
		sum = sum.plus(Amount{
			MilliCPU:   limitOr(statedOf(r, corev1.ResourceCPU).limit, budget.MilliCPU),
			MilliBytes: limitOr(statedOf(r, corev1.ResourceMemory).limit, budget.MilliBytes),
		})
	}
	for i := range spec.InitContainers {
		if c := &spec.InitContainers[i]; IsSidecar(c) {
			add(&c.Resources)
		}
	}
	for i := range spec.Containers {
		add(&spec.Containers[i].Resources)
	}
	if spec.Resources != nil {
		sum = sum.AtMost(Amount{
			MilliCPU:   limitOr(statedOf(spec.Resources, corev1.ResourceCPU).limit, budget.MilliCPU),
			MilliBytes: limitOr(statedOf(spec.Resources, corev1.ResourceMemory).limit, budget.MilliBytes),
		})
	}
	return sum.AtMost(budget).plus(overhead)
}

func limitOr(limit, otherwise int64) int64 {
	if limit > 0 {
		return limit
	}
	return otherwise
}

// usable returns what the long-running containers may use once the allotment is set.
func (a *allotment) usable(overhead Amount) Amount {
	return Amount{MilliCPU: a.cpu.usable(&a.layout), MilliBytes: a.memory.usable(&a.layout)}.plus(overhead)
}

func (d *dimension) usable(l *layout) int64 {
	var sum int64
	for i := range d.members[:l.running()] {
		sum = min(sum+limitOr(d.members[i].final.limit, d.whole), d.whole)
	}
	return sum
}
