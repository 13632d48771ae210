package sizing

import corev1 "k8s.io/api/core/v1"

// allotment is a size, and what each container gets of it.
type allotment struct {
	size Size
	// init and containers are the final values, for requests and limits alike, in the order of the
	// containers in the spec.
	init, containers []Amount
}

// value returns the final value of a container; list is 0 for init containers.
func (a *allotment) value(list, index int, _ *corev1.ResourceRequirements) Amount {
	if list == 0 {
		return a.init[index]
	}
	return a.containers[index]
}

// allot finds the size for what the spec requests under the terms, and hands it out. What the terms
// raise stays as it is when no size holds it, or when the namespace's LimitRanges would refuse the
// pod for it. ok is false when no size holds the pod even then.
func (t *Terms) allot(spec *corev1.PodSpec) (out *allotment, ok bool) {
	sum := containerSum(spec, t.wanted)
	overhead := AmountIn(spec.Overhead)
	size, ok := For(sum.plus(overhead))
	if t.raises() && (!ok || !sum.Within(t.podMax)) {
		return t.unraised().allot(spec)
	}
	if !ok {
		return nil, false
	}
	budget := size.Budget().minus(overhead).AtMost(t.podMax).AtLeast(sum)
	sidecar := make([]bool, len(spec.InitContainers))
	for i := range spec.InitContainers {
		sidecar[i] = IsSidecar(&spec.InitContainers[i])
	}
	cpu, memory := t.dimension(corev1.ResourceCPU), t.dimension(corev1.ResourceMemory)
	cpu.budget, memory.budget = budget.MilliCPU, budget.MilliBytes
	c, m := cpu.fit(spec, sidecar), memory.fit(spec, sidecar)
	return &allotment{size: size, init: amounts(c.init, m.init), containers: amounts(c.containers, m.containers)}, true
}

func amounts(milliCPU, milliBytes []int64) []Amount {
	list := make([]Amount, len(milliCPU))
	for i := range list {
		list[i] = Amount{MilliCPU: milliCPU[i], MilliBytes: milliBytes[i]}
	}
	return list
}
