package fargate

import corev1 "k8s.io/api/core/v1"

// dimension is one resource in the hand-out: its name, the step in which it is
// handed out and what the size leaves to the containers, both in thousandths.
type dimension struct {
	name   corev1.ResourceName
	unit   int64
	budget int64
}

// dimensions are the resources by which Fargate sizes a pod.
func dimensions(budget Amount) [2]dimension {
	return [2]dimension{
		{name: corev1.ResourceCPU, unit: 1, budget: budget.MilliCPU},
		{name: corev1.ResourceMemory, unit: mebibyte, budget: budget.MilliBytes},
	}
}

// member is a container in the hand-out of one dimension, in thousandths.
type member struct {
	stated
	// base is the request, moved up to a whole unit where there is room.
	base int64
	// final is what request and limit become.
	final int64
}

// most is what the member may take: its limit, or all there is.
func (m *member) most() int64 {
	if m.limit > 0 {
		return m.limit
	}
	return ceiling
}

// settled reports a container that states a request and an equal limit: it is
// left alone.
func (m *member) settled() bool { return m.limit > 0 && m.request >= m.limit }

// fitted is the outcome of one dimension: the final value for each init
// container and each container, in thousandths, by their order in the spec.
type fitted struct{ init, containers []int64 }

// fit hands out one dimension's budget under policy Fit: the long-running
// containers share what none of them asked for, and ordinary init containers
// may use all of it, since nothing else of the pod runs beside them but the
// sidecars before them. Its sum, by Fargate's own count, is never above budget
// when the requests' sum was not.
func (d dimension) fit(init, containers []stated, sidecar []bool) fitted {
	running := make([]member, 0, len(init)+len(containers))
	for i, s := range init {
		if sidecar[i] {
			running = append(running, member{stated: s})
		}
	}
	for _, s := range containers {
		running = append(running, member{stated: s})
	}
	slack := d.slackBeside(init, sidecar, running)
	d.align(running, slack)
	d.share(running, slack)
	return d.collect(init, sidecar, running)
}

// collect puts the long-running containers' values back in the order of the
// spec and gives each ordinary init container what is free beside the sidecars.
func (d dimension) collect(init []stated, sidecar []bool, running []member) fitted {
	out := fitted{init: make([]int64, len(init))}
	free := d.budget
	started := 0
	for i, s := range init {
		if sidecar[i] {
			out.init[i] = running[started].final
			free -= out.init[i]
			started++
			continue
		}
		m := member{stated: s}
		out.init[i] = m.request
		if !m.settled() {
			out.init[i] = max(m.request, min(free/d.unit*d.unit, m.most()))
		}
	}
	out.containers = make([]int64, 0, len(running)-started)
	for _, m := range running[started:] {
		out.containers = append(out.containers, m.final)
	}
	return out
}
