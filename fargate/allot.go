package fargate

import corev1 "k8s.io/api/core/v1"

// maxShared is the number of containers of a pod above which none is given
// anything. Sharing takes time that grows faster than their number, and a
// request body holds hundreds of thousands.
const maxShared = 256

// allotment is what the containers of a pod become.
type allotment struct {
	size Size
	// init and containers are the final values, requests and limits alike, by
	// the containers' order in the spec.
	init, containers []Amount
}

// value is the final value of a container; list is 0 for init containers.
func (a *allotment) value(list, index int, _ *corev1.ResourceRequirements) Amount {
	if list == 0 {
		return a.init[index]
	}
	return a.containers[index]
}

// allot finds the size for what the spec asks for under the terms, and hands
// it out. What the terms raise is not raised when no size holds it, or when
// the namespace's LimitRanges would refuse the pod for it. ok is false when no
// size holds the pod even so.
func (t *terms) allot(spec *corev1.PodSpec) (out *allotment, ok bool) {
	sum := containerSum(spec, t.wanted)
	overhead := AmountIn(spec.Overhead)
	size, ok := SizeFor(sum.add(overhead))
	if t.raises() && (!ok || !sum.within(t.podMost)) {
		return t.unraised().allot(spec)
	}
	if !ok {
		return nil, false
	}
	budget := size.Budget().less(overhead).atMost(t.podMost).atLeast(sum)
	sidecar := make([]bool, len(spec.InitContainers))
	for i := range spec.InitContainers {
		sidecar[i] = isSidecar(&spec.InitContainers[i])
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

// changeable reports a pod whose containers' resources may be set. Pod-level
// resources (F3.8) are a statement about the whole pod: the API server holds
// the containers within them, so the containers are let be.
func changeable(spec *corev1.PodSpec) bool {
	return !hasPodLevelResources(spec) && len(spec.InitContainers)+len(spec.Containers) <= maxShared
}

// hasPodLevelResources reports a pod that states CPU or memory for all of its
// containers together.
func hasPodLevelResources(spec *corev1.PodSpec) bool {
	if spec.Resources == nil {
		return false
	}
	for _, list := range [2]corev1.ResourceList{spec.Resources.Requests, spec.Resources.Limits} {
		for _, name := range [2]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			if _, ok := list[name]; ok {
				return true
			}
		}
	}
	return false
}
