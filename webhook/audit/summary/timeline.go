package summary

import (
	"slices"
	"time"
)

// maxBuckets is the number of stretches of time that counts are kept for, at most.
const maxBuckets = 96

// widths are the lengths of stretches in seconds, from a second to a day. Each is a multiple of the one
// before it; longer ones are doubled.
var widths = []int64{1, 10, 60, 5 * 60, 15 * 60, 3600, 6 * 3600, 24 * 3600}

// timeline divides the time of all lines into stretches, in UTC. They become longer as it grows, so
// that their number is bounded.
type timeline struct {
	width       int64
	first, last int64
	empty       bool
}

func newTimeline() timeline { return timeline{width: widths[0], empty: true} }

// at returns the stretch that a time is in, and of how many earlier ones a stretch is made for that: 1
// if they stay as they are.
func (t *timeline) at(when time.Time) (index, joined int64) {
	index, joined = floor(when.Unix(), t.width), 1
	if t.empty {
		t.first, t.last, t.empty = index, index, false
	}
	t.first, t.last = min(t.first, index), max(t.last, index)
	for t.last-t.first >= maxBuckets {
		factor := t.wider() / t.width
		t.width, joined = t.width*factor, joined*factor
		t.first, t.last, index = floor(t.first, factor), floor(t.last, factor), floor(index, factor)
	}
	return index, joined
}

// wider returns the next width.
func (t *timeline) wider() int64 {
	for _, width := range widths {
		if width > t.width {
			return width
		}
	}
	return 2 * t.width
}

// divides reports more than one stretch, so that there are two halves.
func (t *timeline) divides() bool { return t.last > t.first }

// half returns the stretch that the later half begins with.
func (t *timeline) half() int64 { return t.first + (t.last-t.first+1)/2 }

// start returns when a stretch begins.
func (t *timeline) start(index int64) time.Time { return time.Unix(index*t.width, 0).UTC() }

// bucket is the count of a stretch.
type bucket struct{ index, count int64 }

// buckets are in the order of time.
type buckets []bucket

// add counts requests in a stretch.
func (b *buckets) add(index, count int64) {
	at, found := slices.BinarySearchFunc(*b, index, func(b bucket, index int64) int {
		switch {
		case b.index < index:
			return -1
		case b.index > index:
			return 1
		}
		return 0
	})
	if !found {
		*b = slices.Insert(*b, at, bucket{index: index})
	}
	(*b)[at].count += count
}

// join makes one stretch of so many.
func (b *buckets) join(many int64) {
	joined := (*b)[:0]
	for _, each := range *b {
		index := floor(each.index, many)
		if n := len(joined); n > 0 && joined[n-1].index == index {
			joined[n-1].count += each.count
		} else {
			joined = append(joined, bucket{index, each.count})
		}
	}
	*b = joined
}

// floor divides and rounds down.
func floor(a, b int64) int64 {
	quotient := a / b
	if a%b < 0 {
		quotient--
	}
	return quotient
}
