package sizing

import "math/bits"

// setLimits sets the final limits, after the requests. Under Guaranteed they become equal to the
// requests. Else a limit above what the size holds comes down to that, because its container would
// not start (F3.9), and a missing one becomes that, so that programs see what there is for them
// (F3.11). All others stay. It reports whether a missing one was added.
func (d *dimension) setLimits() (added bool) {
	for i := range d.members {
		m := &d.members[i]
		switch {
		case d.equal:
			m.final.limit = d.equalLimit(m)
		case m.limit > 0:
			m.final.limit = d.lowered(m)
		case d.adds(m):
			m.final.limit = d.newLimit(m)
			added = true
		default:
			m.final.limit = 0
		}
	}
	return added
}

// lowered returns the stated limit of a container, at most what the size holds. Where overhead
// leaves nothing it stays: a limit of zero would be none.
func (d *dimension) lowered(m *member) int64 {
	if most := max(d.whole, m.final.request); most > 0 {
		return min(m.limit, most)
	}
	return m.limit
}

// equalLimit returns the limit under Guaranteed: the request. A container without a request,
// because requests are held or no unit is left for it, keeps its limit, as far as the size holds
// it.
func (d *dimension) equalLimit(m *member) int64 {
	switch {
	case m.final.request == 0:
		return d.lowered(m)
	case d.held:
		return min(m.limit, m.final.request)
	}
	return m.final.request
}

// adds reports whether a container gets a limit that it doesn't state. A limit needs a request
// beside it, or the API server would make one of it (F3.10), and a held container may not get one.
func (d *dimension) adds(m *member) bool {
	return m.limit == 0 && !d.equal && !d.keepUnlimited && (!d.held || m.request > 0)
}

// newLimit returns the limit for a container without: all that the size holds, as far as
// LimitRanges allow it.
func (d *dimension) newLimit(m *member) int64 {
	limit := min(d.whole, d.most, d.podMost)
	if d.ratio > 0 {
		limit = min(limit, mostWithin(d.ratio, m.final.request))
	}
	return max(limit, m.final.request)
}

// podAllows reports whether a LimitRange for pods accepts the final limits together.
func (d *dimension) podAllows(l *layout) bool {
	if d.podMost == ceiling && d.podRatio == 0 {
		return true
	}
	limits := l.upstream(func(at int) int64 { return d.members[at].final.limit })
	if limits > d.podMost {
		return false
	}
	requests := l.upstream(func(at int) int64 { return d.members[at].final.request })
	return d.podRatio == 0 || requests > 0 && !exceeds(limits, requests, d.podRatio)
}

// mostWithin returns the largest limit that a ratio in thousandths allows beside a request.
func mostWithin(ratio, request int64) int64 {
	hi, lo := bits.Mul64(uint64(request), uint64(ratio)) //nolint:gosec // neither is negative
	if hi >= milli {
		return ceiling
	}
	most, _ := bits.Div64(hi, lo, milli)
	limit := int64(min(most, ceiling))
	for limit > request && exceeds(limit, request, ratio) {
		limit--
	}
	return limit
}

// exceeds compares a limit with a request as the API server does, in floating point.
func exceeds(limit, request, ratio int64) bool {
	return float64(limit)/float64(request)*milli > float64(ratio)
}
