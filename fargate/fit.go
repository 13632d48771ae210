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

// room says how much the first n long-running containers may still grow.
type room struct {
	n     int
	slack int64
}

// slackBeside lists the rooms by rising n. The last is that of all long-running
// containers; those before it are of the native sidecars that started before
// an ordinary init container, whose own request has to fit beside them (F3.7).
func (d dimension) slackBeside(init []stated, sidecar []bool, running []member) []room {
	var rooms []room
	var started int
	var sum int64
	for i, s := range init {
		if sidecar[i] {
			started++
			sum += s.request
			continue
		}
		if started == 0 {
			continue
		}
		slack := d.budget - sum - s.request
		if last := len(rooms) - 1; last >= 0 && rooms[last].n == started {
			rooms[last].slack = min(rooms[last].slack, slack)
		} else {
			rooms = append(rooms, room{n: started, slack: slack})
		}
	}
	for _, m := range running[started:] {
		sum += m.request
	}
	rooms = append(rooms, room{n: len(running), slack: d.budget - sum})
	for i := len(rooms) - 2; i >= 0; i-- {
		rooms[i].slack = min(rooms[i].slack, rooms[i+1].slack)
	}
	return rooms
}

// align moves the requests of those that can grow up to a whole unit, as far
// as the rooms allow, so that what comes out reads 96Mi and not 99614720.
func (d dimension) align(running []member, rooms []room) {
	for i := range running {
		m := &running[i]
		m.base = m.request
		if m.settled() {
			continue
		}
		gap := min((d.unit-m.request%d.unit)%d.unit, m.most()-m.request)
		if take(rooms, i, gap) {
			m.base += gap
		}
	}
}

// take takes an amount for long-running container i out of all rooms that it
// is in, if each has that much.
func take(rooms []room, i int, amount int64) bool {
	for _, r := range rooms {
		if i < r.n && r.slack < amount {
			return false
		}
	}
	for r := range rooms {
		if i < rooms[r].n {
			rooms[r].slack -= amount
		}
	}
	return true
}

// share gives the long-running containers whole units of what is left. A limit
// that is no whole number of units is reached by less than its last unit; what
// that saves is shared again, until it makes no whole unit more.
func (d dimension) share(running []member, rooms []room) {
	for i := range running {
		running[i].final = running[i].base
	}
	saved := make([]int64, len(rooms))
	for range len(running) + 1 {
		grown, ok := d.shareOnce(running, rooms, saved)
		if !ok {
			return
		}
		for i := range running {
			running[i].final = running[i].base + grown[i].amount
		}
		changed := false
		for r := range rooms {
			var now int64
			for _, g := range grown[:rooms[r].n] {
				now += g.saved
			}
			changed = changed || (rooms[r].slack+now)/d.unit != (rooms[r].slack+saved[r])/d.unit
			saved[r] = now
		}
		if !changed {
			return
		}
	}
}

// growth is what a container gets on top of its base, and how much less that
// is than whole units.
type growth struct{ amount, saved int64 }

// shareOnce hands out the rooms' slack and what was saved. ok is false when
// that is more than there is.
func (d dimension) shareOnce(running []member, rooms []room, saved []int64) (grown []growth, ok bool) {
	takers := make([]taker, len(running))
	for i := range running {
		m := &running[i]
		takers[i].weight = m.request
		if !m.settled() && m.base%d.unit == 0 {
			takers[i].room = (m.most() - m.base + d.unit - 1) / d.unit
		}
	}
	last := len(rooms) - 1
	bounds := make([]bound, last)
	for r := range bounds {
		bounds[r] = bound{n: rooms[r].n, most: (rooms[r].slack + saved[r]) / d.unit}
	}
	handOut((rooms[last].slack+saved[last])/d.unit, takers, bounds)
	grown = make([]growth, len(running))
	for i := range running {
		whole := takers[i].given * d.unit
		amount := min(whole, running[i].most()-running[i].base)
		grown[i] = growth{amount: amount, saved: whole - amount}
	}
	for _, r := range rooms {
		left := r.slack
		for _, g := range grown[:r.n] {
			left -= g.amount
		}
		if left < 0 {
			return nil, false
		}
	}
	return grown, true
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
