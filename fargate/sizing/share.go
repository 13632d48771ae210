package sizing

import (
	"cmp"
	"math/bits"
	"slices"
)

// taker is one container that shares one resource, in whole units (1m of CPU or 1 Mi of memory).
type taker struct {
	// weight is what the container requested. One that requested nothing gets an equal share
	// instead.
	weight int64
	// room is the most that the container may still take: the distance to its limit.
	room int64
	// given is what it has been given.
	given int64
}

// limit says that n takers together get at most so much.
type limit struct {
	n    int
	most int64
}

// handOut gives up to rest units to takers, within their room and the limits. Each limit of first
// is on as many takers from the start: native sidecars have to leave room for the init containers
// after them. They are sorted by n, and by what they allow. last is on as many takers at the end,
// which none of first reaches; zero is none. The result doesn't depend on the order of takers,
// except for the odd unit that can't be divided.
func handOut(rest int64, takers []taker, first []limit, last limit) {
	shareAll(rest, takers)
	// The takers within a limit share what it allows, and the others share the rest. Both are
	// smaller problems of the same kind.
	if at := len(takers) - last.n; sumGiven(takers[at:]) > last.most {
		clearGiven(takers)
		handOut(last.most, takers[at:], nil, limit{})
		handOut(rest-sumGiven(takers[at:]), takers[:at], first, limit{})
		return
	}
	for i, l := range slices.Backward(first) {
		if sumGiven(takers[:l.n]) <= l.most {
			continue
		}
		clearGiven(takers)
		handOut(l.most, takers[:l.n], first[:i], limit{})
		used := sumGiven(takers[:l.n])
		after := make([]limit, 0, len(first)-i-1)
		for _, later := range first[i+1:] {
			after = append(after, limit{n: later.n - l.n, most: later.most - used})
		}
		handOut(rest-used, takers[l.n:], after, last)
		return
	}
}

// shareAll splits rest: a taker without a request gets an equal share, those with one split what is
// left in proportion to it, and what limits keep them from taking goes to the others.
func shareAll(rest int64, takers []taker) {
	equal, sharing := 0, 0
	for _, t := range takers {
		if t.room <= 0 {
			continue
		}
		sharing++
		if t.weight == 0 {
			equal++
		}
	}
	if sharing == 0 {
		return
	}
	even := func(t taker) int64 { return boolUnit(t.weight == 0) }
	asked := func(t taker) int64 { return t.weight }
	equalPart, _ := mulDiv(rest, int64(equal), int64(sharing))
	rest -= split(equalPart, takers, even)
	rest -= split(rest, takers, asked)
	split(rest, takers, even)
}

// split gives rest units to the takers that have a share, in proportion to it, and returns how many
// it gave. A taker whose part exceeds its room is filled first, and the others split the rest.
// Units that can't be divided go to the largest remainders.
func split(rest int64, takers []taker, shareOf func(taker) int64) int64 {
	if rest <= 0 {
		return 0
	}
	shares := make([]int64, len(takers))
	var total int64
	for i, t := range takers {
		if t.room > 0 {
			shares[i] = shareOf(t)
			total += shares[i]
		}
	}
	before := rest
	for filled := true; filled && total > 0; {
		filled = false
		round, roundTotal := rest, total
		for i := range takers {
			t := &takers[i]
			if part, _ := mulDiv(round, shares[i], roundTotal); shares[i] == 0 || part < t.room {
				continue
			}
			rest -= t.room
			t.give(t.room)
			total -= shares[i]
			shares[i] = 0
			filled = true
		}
	}
	if total > 0 {
		splitExactly(rest, takers, shares, total)
		rest = 0
	}
	return before - rest
}

// splitExactly gives all of rest by largest remainder: no part reaches a room.
func splitExactly(rest int64, takers []taker, shares []int64, total int64) {
	type part struct {
		taker     int
		remainder int64
	}
	parts := make([]part, 0, len(takers))
	left := rest
	for i, share := range shares {
		if share == 0 {
			continue
		}
		whole, remainder := mulDiv(rest, share, total)
		takers[i].give(whole)
		left -= whole
		parts = append(parts, part{taker: i, remainder: remainder})
	}
	// Ties go to the taker that has least, or equal takers would drift apart over several rounds.
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.remainder, a.remainder), cmp.Compare(takers[a.taker].given, takers[b.taker].given))
	})
	for _, p := range parts[:left] {
		takers[p.taker].give(1)
	}
}

func (t *taker) give(units int64) {
	t.given += units
	t.room -= units
}

func sumGiven(takers []taker) int64 {
	var sum int64
	for _, t := range takers {
		sum += t.given
	}
	return sum
}

// clearGiven takes back what was given.
func clearGiven(takers []taker) {
	for i := range takers {
		takers[i].room += takers[i].given
		takers[i].given = 0
	}
}

// mulDiv returns a*b/c rounded down, and the remainder, for all a >= 0 and 0 <= b <= c, even where
// a*b overflows an int64.
func mulDiv(a, b, c int64) (whole, remainder int64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b)) //nolint:gosec // neither is negative
	q, r := bits.Div64(hi, lo, uint64(c))      //nolint:gosec // positive
	return int64(q), int64(r)                  //nolint:gosec // at most a, and less than c
}

func boolUnit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
