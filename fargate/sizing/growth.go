package sizing

import "slices"

// headroom says how much the running containers from one position to another may still grow,
// together.
type headroom struct {
	from, to int
	slack    int64
}

func (r *headroom) includes(position int) bool { return r.from <= position && position < r.to }

// slackBeside returns the headrooms. The last is that of all running containers. Those before it,
// by rising end, are of the native sidecars that started before an ordinary init container, whose
// own request has to fit beside them (F3.7). Where the text of AWS leads to a smaller size the
// first is that of the containers without the sidecars.
func (d *dimension) slackBeside(l *layout) []headroom {
	var rooms []headroom
	var started int
	var sum int64
	for _, at := range l.init {
		request := d.members[at].request
		if at < l.sidecars {
			started++
			sum += request
			continue
		}
		if started == 0 {
			continue
		}
		slack := d.budget - sum - request
		if last := len(rooms) - 1; last >= 0 && rooms[last].to == started {
			rooms[last].slack = min(rooms[last].slack, slack)
		} else {
			rooms = append(rooms, headroom{to: started, slack: slack})
		}
	}
	var containers int64
	for i := range d.members[l.sidecars:l.running()] {
		containers += d.members[l.sidecars+i].request
	}
	rooms = append(rooms, headroom{to: l.running(), slack: d.budget - sum - containers})
	for i := len(rooms) - 2; i >= 0; i-- {
		rooms[i].slack = min(rooms[i].slack, rooms[i+1].slack)
	}
	if d.documented < d.budget {
		own := min(d.documented-containers, rooms[len(rooms)-1].slack)
		rooms = slices.Insert(rooms, 0, headroom{from: l.sidecars, to: l.running(), slack: own})
	}
	return rooms
}

// align raises the requests of containers that can grow to a whole unit, as far as the headrooms
// allow, so that the result reads 96Mi and not 99614720.
func (d *dimension) align(running []member, rooms []headroom) {
	for i := range running {
		m := &running[i]
		m.base = m.request
		if m.settled() {
			continue
		}
		gap := min((d.unit-m.request%d.unit)%d.unit, m.top-m.request)
		if take(rooms, i, gap) {
			m.base += gap
		}
	}
}

// take subtracts an amount for running container i from all headrooms that it belongs to, if each
// has that much.
func take(rooms []headroom, i int, amount int64) bool {
	for r := range rooms {
		if rooms[r].includes(i) && rooms[r].slack < amount {
			return false
		}
	}
	for r := range rooms {
		if rooms[r].includes(i) {
			rooms[r].slack -= amount
		}
	}
	return true
}

// share gives the long-running containers whole units of what is left. A limit that isn't a
// multiple of the unit takes less than its last unit; what that saves is shared again until it
// makes no whole unit.
func (d *dimension) share(running []member, rooms []headroom) {
	for i := range running {
		running[i].final.request = running[i].base
	}
	saved := make([]int64, len(rooms))
	for range len(running) + 1 {
		grown, ok := d.shareOnce(running, rooms, saved)
		if !ok {
			return
		}
		for i := range running {
			running[i].final.request = running[i].base + grown[i].amount
		}
		changed := false
		for r := range rooms {
			var now int64
			for _, g := range grown[rooms[r].from:rooms[r].to] {
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

// growth is what a container gets on top of its base, and what that saves compared with whole
// units.
type growth struct{ amount, saved int64 }

// shareOnce hands out the slack of the headrooms and what was saved. ok is false when that is more
// than there is.
func (d *dimension) shareOnce(running []member, rooms []headroom, saved []int64) (grown []growth, ok bool) {
	takers := make([]taker, len(running))
	for i := range running {
		m := &running[i]
		takers[i].weight = m.request
		if !m.settled() && m.base%d.unit == 0 {
			takers[i].room = (m.top - m.base + d.unit - 1) / d.unit
		}
	}
	units := func(r int) int64 { return (rooms[r].slack + saved[r]) / d.unit }
	last := len(rooms) - 1
	var first []limit
	var final limit
	for r := range rooms[:last] {
		if n := rooms[r].to - rooms[r].from; rooms[r].from > 0 {
			final = limit{n: n, most: units(r)}
		} else {
			first = append(first, limit{n: n, most: units(r)})
		}
	}
	handOut(units(last), takers, first, final)
	grown = make([]growth, len(running))
	for i := range running {
		whole := takers[i].given * d.unit
		amount := min(whole, running[i].top-running[i].base)
		grown[i] = growth{amount: amount, saved: whole - amount}
	}
	for _, r := range rooms {
		left := r.slack
		for _, g := range grown[r.from:r.to] {
			left -= g.amount
		}
		if left < 0 {
			return nil, false
		}
	}
	return grown, true
}
