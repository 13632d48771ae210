package sizing

import corev1 "k8s.io/api/core/v1"

// allotment is a size, and what each container gets of it.
type allotment struct {
	layout
	// size is the one by Kubernetes' formula, the larger of the two readings.
	size Size
	// cpu and memory have the final requests and limits.
	cpu, memory dimension
}

// of returns the final CPU and memory of a container; list is 0 for init containers.
func (a *allotment) of(list, index int) [2]stated {
	at := a.position(list, index)
	return [2]stated{a.cpu.members[at].final, a.memory.members[at].final}
}

// allot finds the size for what the spec requests under the terms, and hands it out. What the terms
// raise stays as it is when no size holds it, or when the namespace's LimitRanges would refuse the
// pod for it. ok is false when no size holds the pod even then.
//
// It isn't known how Fargate counts native sidecars: as Kubernetes does, or as the text of AWS says
// (F3.2, F3.7). What is handed out keeps the size under either reading.
func (t *Terms) allot(spec *corev1.PodSpec) (out *allotment, ok bool) {
	a := &allotment{layout: layoutOf(spec), cpu: t.dimension(corev1.ResourceCPU), memory: t.dimension(corev1.ResourceMemory)}
	members := make([]member, 2*a.all())
	a.cpu.members, a.memory.members = members[:a.all():a.all()], members[a.all():]
	a.cpu.read(spec, &a.layout)
	a.memory.read(spec, &a.layout)
	sum := Amount{MilliCPU: a.upstream(a.cpu.wants), MilliBytes: a.upstream(a.memory.wants)}
	overhead := AmountIn(spec.Overhead)
	a.size, ok = For(sum.plus(overhead))
	if t.raises() && (!ok || !sum.Within(t.pod.most)) {
		return t.unraised().allot(spec)
	}
	if !ok {
		return nil, false
	}
	whole := a.size.Budget().Minus(overhead)
	share, documented := whole.AtMost(t.pod.most).AtLeast(sum), unlimited()
	if a.sidecars > 0 {
		sum = Amount{MilliCPU: a.documented(a.cpu.wants), MilliBytes: a.documented(a.memory.wants)}
		if size, _ := For(sum.plus(overhead)); size != a.size {
			documented = size.Budget().Minus(overhead).AtLeast(sum)
			a.cpu.keepUnlimited, a.memory.keepUnlimited = true, true
		}
	}
	a.cpu.whole, a.cpu.budget, a.cpu.documented = whole.MilliCPU, share.MilliCPU, documented.MilliCPU
	a.memory.whole, a.memory.budget, a.memory.documented = whole.MilliBytes, share.MilliBytes, documented.MilliBytes
	a.cpu.handOut(&a.layout)
	a.memory.handOut(&a.layout)
	return a, true
}
