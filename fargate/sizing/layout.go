package sizing

import corev1 "k8s.io/api/core/v1"

// layout is the order in which a pod's containers are kept here: native sidecars, long-running
// containers, ordinary init containers. The first two run together, and are the running ones.
type layout struct {
	sidecars, containers int
	// init has the position of each init container, in the order of the spec.
	init []int
}

func layoutOf(spec *corev1.PodSpec) layout {
	l := layout{containers: len(spec.Containers)}
	if len(spec.InitContainers) == 0 {
		return l
	}
	l.init = make([]int, len(spec.InitContainers))
	for i := range spec.InitContainers {
		if IsSidecar(&spec.InitContainers[i]) {
			l.init[i] = l.sidecars
			l.sidecars++
		}
	}
	ordinary := l.running()
	for i := range spec.InitContainers {
		if !IsSidecar(&spec.InitContainers[i]) {
			l.init[i] = ordinary
			ordinary++
		}
	}
	return l
}

// running is the number of containers that run together.
func (l *layout) running() int { return l.sidecars + l.containers }

// all is the number of containers.
func (l *layout) all() int { return l.containers + len(l.init) }

// position returns the position of a container; list is 0 for init containers.
func (l *layout) position(list, index int) int {
	if list == 0 {
		return l.init[index]
	}
	return l.sidecars + index
}

// upstream sums up an amount of each container as Kubernetes does: see [peak].
func (l *layout) upstream(of func(position int) int64) int64 {
	var p peak
	for _, at := range l.init {
		p.addInit(of(at), at < l.sidecars)
	}
	for at := l.sidecars; at < l.running(); at++ {
		p.add(of(at))
	}
	return p.most()
}

// documented sums them up as the text of AWS says (F3.2 a to c): the larger of the containers
// together, and of each init container by itself, native sidecars among them.
func (l *layout) documented(of func(position int) int64) int64 {
	var sum, most int64
	for _, at := range l.init {
		most = max(most, of(at))
	}
	for at := l.sidecars; at < l.running(); at++ {
		sum = min(sum+of(at), ceiling)
	}
	return max(sum, most)
}
