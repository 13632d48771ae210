package sizing

import corev1 "k8s.io/api/core/v1"

// dimension is one resource to hand out. All but its name is in thousandths.
type dimension struct {
	name corev1.ResourceName
	// unit is the step in which it is handed out.
	unit int64
	// budget is what the size leaves to the containers.
	budget int64
	// minimum is what a container that requests nothing is assumed to request.
	minimum int64
	// most is what one container may have.
	most int64
	// toLimits raises the request of a container to its limit.
	toLimits bool
}

// wanted returns what a container is assumed to request: what it states, raised to the minimum where
// it states no request, or to its limit.
func (d *dimension) wanted(s stated) stated {
	if s.request == 0 && d.minimum > 0 {
		s.request = min(d.minimum, d.top(s))
	}
	if d.toLimits {
		s.request = max(s.request, s.limit)
	}
	return s
}

// top returns the most that a container may get: its limit, and what a LimitRange allows, but never
// less than it requests.
func (d *dimension) top(s stated) int64 {
	top := d.most
	if s.limit > 0 {
		top = min(top, s.limit)
	}
	return max(top, s.request)
}

// member is a container in one dimension, in thousandths.
type member struct {
	stated
	// top is the most it may get.
	top int64
	// base is the request, moved up to a whole unit where there is room.
	base int64
	// final is what request and limit become.
	final int64
}

func (d *dimension) member(r *corev1.ResourceRequirements) member {
	s := d.wanted(statedOf(r, d.name))
	return member{stated: s, top: d.top(s)}
}

// settled reports a container that states a request and an equal limit: it stays as it is.
func (m *member) settled() bool { return m.limit > 0 && m.request >= m.limit }

// fitted is the outcome of one dimension: the final value of each init container and each container,
// in thousandths, in the order of the spec.
type fitted struct{ init, containers []int64 }

// fit hands out the budget of one dimension. The long-running containers share what none of them
// requested. Ordinary init containers may use all of it but for the sidecars before them, since
// nothing else of the pod runs beside them. The sum, as Fargate counts it, never exceeds the budget
// unless the sum of the requests does.
func (d *dimension) fit(spec *corev1.PodSpec, sidecar []bool) fitted {
	init := make([]member, len(spec.InitContainers))
	running := make([]member, 0, len(init)+len(spec.Containers))
	for i := range init {
		init[i] = d.member(&spec.InitContainers[i].Resources)
		if sidecar[i] {
			running = append(running, init[i])
		}
	}
	for i := range spec.Containers {
		running = append(running, d.member(&spec.Containers[i].Resources))
	}
	slack := d.slackBeside(init, sidecar, running)
	d.align(running, slack)
	d.share(running, slack)
	return d.collect(init, sidecar, running)
}

// collect returns the values of the long-running containers in the order of the spec, and gives each
// ordinary init container what the sidecars leave free.
func (d *dimension) collect(init []member, sidecar []bool, running []member) fitted {
	out := fitted{init: make([]int64, len(init))}
	free := d.budget
	started := 0
	for i := range init {
		if sidecar[i] {
			out.init[i] = running[started].final
			free -= out.init[i]
			started++
			continue
		}
		m := &init[i]
		out.init[i] = m.request
		if !m.settled() {
			out.init[i] = max(m.request, min(free/d.unit*d.unit, m.top))
		}
	}
	out.containers = make([]int64, 0, len(running)-started)
	for i := range running[started:] {
		out.containers = append(out.containers, running[started+i].final)
	}
	return out
}
