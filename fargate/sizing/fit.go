package sizing

import corev1 "k8s.io/api/core/v1"

// dimension is one resource to hand out. All amounts are in thousandths.
type dimension struct {
	name corev1.ResourceName
	// unit is the step in which it is handed out.
	unit int64
	// minimum is what a container that requests nothing is assumed to request.
	minimum int64
	// most is what a LimitRange allows one container, and podMost all that run together.
	most, podMost int64
	// ratio is how many times the request a limit may be, in thousandths, and podRatio the same of
	// the pod's sums; zero for any.
	ratio, podRatio int64
	// toLimits raises the request of a container to its limit, equal sets limits to requests.
	toLimits, equal bool
	// held keeps requests as they are, keepUnlimited keeps containers without a limit so.
	held, keepUnlimited bool

	// whole is what the size leaves to the containers, and budget what of that they may request.
	whole, budget int64
	// documented is what they may request by the text of AWS, where that leads to a smaller size.
	documented int64
	// members are the containers, in the order of the layout.
	members []member
}

// member is a container in one dimension, in thousandths.
type member struct {
	// stated is what the container states, its request raised by what the policy assumes.
	stated
	// zero is true when it states a limit of zero. That is none, but the API server holds the
	// request, which is zero too, within it.
	zero bool
	// top is the most it may request.
	top int64
	// base is the request, moved up to a whole unit where there is room.
	base int64
	// final is what request and limit become.
	final stated
}

// settled reports a container that states a request and an equal limit: it stays as it is.
func (m *member) settled() bool { return m.limit > 0 && m.request >= m.limit }

// read reads the containers.
func (d *dimension) read(spec *corev1.PodSpec, l *layout) {
	for i := range spec.InitContainers {
		d.members[l.init[i]] = d.member(&spec.InitContainers[i].Resources)
	}
	for i := range spec.Containers {
		d.members[l.sidecars+i] = d.member(&spec.Containers[i].Resources)
	}
}

func (d *dimension) member(r *corev1.ResourceRequirements) member {
	as := statedOf(r, d.name)
	_, limited := r.Limits[d.name]
	s := d.wanted(as)
	return member{stated: s, zero: limited && as == stated{}, top: d.top(s)}
}

// wanted returns what a container is assumed to request: what it states, raised to the minimum
// where it states no request, or to its limit.
func (d *dimension) wanted(s stated) stated {
	if s.request == 0 && d.minimum > 0 {
		s.request = min(d.minimum, d.top(s))
	}
	if d.toLimits {
		s.request = max(s.request, s.limit)
	}
	return s
}

// top returns the most that a container may request: its limit, and what a LimitRange allows, but
// never less than it requests.
func (d *dimension) top(s stated) int64 {
	top := d.most
	if s.limit > 0 {
		top = min(top, s.limit)
	}
	return max(top, s.request)
}

// wants returns what the container at a position is assumed to request.
func (d *dimension) wants(position int) int64 { return d.members[position].request }

// handOut sets the final requests and limits. The running containers share what none of them
// requested. Ordinary init containers may request all of it but for the sidecars before them, since
// nothing else of the pod runs beside them. The sum, as Fargate counts it, never exceeds the budget
// unless the sum of the requests does.
func (d *dimension) handOut(l *layout) {
	if d.keepUnlimited && !d.equal {
		d.keepZero()
	}
	switch {
	case d.held:
		for i := range d.members {
			d.members[i].final.request = d.members[i].request
		}
	case len(d.members) == 1:
		m := &d.members[0]
		m.final.request = max(m.request, min(d.budget, d.documented, m.top))
	default:
		d.shareRequests(l)
	}
	if added := d.setLimits(); added && !d.podAllows(l) {
		d.keepUnlimited = true
		d.handOut(l)
	}
}

// keepZero keeps the requests of containers with a limit of zero, which stays, at zero.
func (d *dimension) keepZero() {
	for i := range d.members {
		if m := &d.members[i]; m.zero {
			m.request, m.top = 0, 0
		}
	}
}

// shareRequests sets the final requests of several containers.
func (d *dimension) shareRequests(l *layout) {
	running := d.members[:l.running()]
	for i := range running[:l.sidecars] {
		m := &running[i]
		m.top = max(m.request, min(m.top, d.documented))
	}
	slack := d.slackBeside(l)
	d.align(running, slack)
	d.share(running, slack)
	free := d.budget
	for _, at := range l.init {
		m := &d.members[at]
		switch {
		case at < l.sidecars:
			free -= m.final.request
		case m.settled():
			m.final.request = m.request
		default:
			m.final.request = max(m.request, min(min(free, d.documented)/d.unit*d.unit, m.top))
		}
	}
}
