package fargate

import (
	"cmp"
	"math/bits"
	"slices"
)

// taker is one container's place in the hand-out of one resource, in whole
// units (1m of CPU or 1 Mi of memory).
type taker struct {
	// weight is what the container requested. A container that requested
	// nothing has none, and takes an equal share instead.
	weight int64
	// room is the most the container may still take: the way to its limit.
	room int64
	// given is what it has been given.
	given int64
}

// bound says that the first n takers together may be given no more than most:
// native sidecars have to leave room for the init containers after them.
type bound struct {
	n    int
	most int64
}

// handOut gives up to rest units to takers, within their rooms and the bounds.
// bounds are by rising n and so is what they allow. The result doesn't depend
// on the order of takers but for the odd unit that can't be divided.
func handOut(rest int64, takers []taker, bounds []bound) {
	shareAll(rest, takers)
	for i, b := range slices.Backward(bounds) {
		if sumGiven(takers[:b.n]) <= b.most {
			continue
		}
		// The takers within the bound share what it allows, and those after
		// it share the rest. Both are smaller problems of the same kind.
		clearGiven(takers)
		handOut(b.most, takers[:b.n], bounds[:i])
		used := sumGiven(takers[:b.n])
		after := make([]bound, 0, len(bounds)-i-1)
		for _, later := range bounds[i+1:] {
			after = append(after, bound{n: later.n - b.n, most: later.most - used})
		}
		handOut(rest-used, takers[b.n:], after)
		return
	}
}

// shareAll splits rest: a taker without a request gets an equal share, those
// with one split what is left in proportion to it, and what limits keep them
// from taking goes back to the others.
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

// split gives rest units to the takers that have a share, in proportion to it,
// and returns how many it gave. A taker whose part exceeds its room is filled
// first, and the others split anew; units that can't be divided go to the
// largest remainders.
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
	// Ties go to who has least, or equal takers would drift apart when they
	// share more than once.
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

// mulDiv is a*b/c rounded down, and the remainder. It is right for all a >= 0
// and 0 <= b <= c, though a*b may be larger than an int64.
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
