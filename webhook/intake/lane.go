package intake

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// lane holds the bodies of one size that are being read or worked on, within a budget. When it is
// full, the body that has been on its way the longest gives way: a client that sends it quickly
// gets through, however many send theirs slowly.
type lane struct {
	stage    Stage
	capacity int64
	budget   *semaphore.Weighted
	wait     time.Duration

	mu      sync.Mutex
	reading []*place // the oldest first
}

// place is a body's place in a lane.
type place struct {
	lane   *lane
	weight int64
	since  time.Time
	// evict ends the reading of the body.
	evict   func()
	evicted bool
}

const (
	// grace is how long a body may be on its way before it has to give way: within a cluster, 8 MiB
	// take less.
	grace = 250 * time.Millisecond
	// evictionPause is the time from one eviction to the next, so that none is in vain.
	evictionPause = 10 * time.Millisecond
	// parts is how many bodies a lane holds at most: each counts for one part of it.
	parts = 128
)

func newLane(stage Stage, capacity int64, wait time.Duration) *lane {
	return &lane{stage: stage, capacity: capacity, budget: semaphore.NewWeighted(capacity), wait: wait}
}

// enter waits for a place for a body of a size.
func (l *lane) enter(ctx context.Context, size int64, evict func()) (*place, error) {
	weight := min(max(size, l.capacity/parts), l.capacity)
	if !l.budget.TryAcquire(weight) {
		stop := l.evicting()
		err := acquire(ctx, l.budget, weight, l.wait, l.stage)
		stop()
		if err != nil {
			return nil, err
		}
	}
	p := &place{lane: l, weight: weight, since: time.Now(), evict: evict}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reading = append(l.reading, p)
	return p, nil
}

// evicting evicts bodies until stop is called.
func (l *lane) evicting() (stop func()) {
	done := make(chan struct{})
	go func() {
		ticker := time.NewTicker(evictionPause)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-ticker.C:
				l.evictOldest(now)
			}
		}
	}()
	return func() { close(done) }
}

// evictOldest evicts the body that has been on its way the longest, if its grace is over.
func (l *lane) evictOldest(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.reading {
		if now.Sub(p.since) < grace {
			return
		}
		if !p.evicted {
			p.evicted = true
			p.evict()
			return
		}
	}
}

// arrived takes the body off those that may be evicted, and returns whether it was.
func (p *place) arrived() (evicted bool) {
	p.lane.mu.Lock()
	defer p.lane.mu.Unlock()
	for i, other := range p.lane.reading {
		if other == p {
			p.lane.reading = append(p.lane.reading[:i], p.lane.reading[i+1:]...)
			break
		}
	}
	return p.evicted
}

// leave gives the place back, also of a body that never arrived.
func (p *place) leave() {
	p.arrived()
	p.lane.budget.Release(p.weight)
}

// acquire waits for a share of a budget, for a while.
func acquire(ctx context.Context, budget *semaphore.Weighted, weight int64, wait time.Duration, stage Stage) error {
	if budget.TryAcquire(weight) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := budget.Acquire(ctx, weight); err != nil {
		return &BusyError{Stage: stage}
	}
	return nil
}
