package profiles

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/wake"
)

const (
	// firstRetry is the wait after a first failed list; it doubles up to the interval, until the source has given a list.
	firstRetry = time.Second
	// lastRetry bounds the wait after failures once the source has given a list; it doubles up to it from the interval. A source that
	// throttles is not to be asked as often as one that answers (F1.21).
	lastRetry = 5 * time.Minute
	// leastPause is the time between a refresh and one that is asked for: a file may be written in many small steps.
	leastPause = time.Second
	// shortTimeout is how long the source has at a start, before the list of an earlier run is used.
	shortTimeout = 10 * time.Second
	// jitter is how much an interval varies up and down, so that the replicas of many clusters don't ask EKS at the same moments (F1.21).
	jitter = 0.1
)

// Start refreshes at once and then at every interval, when Refresh is called, and when the source tells of a change, until ctx ends; then
// it returns nil. It is to be called once.
func (w *Watcher) Start(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	if notifier, ok := w.source.(Notifier); ok {
		watching.Go(func() { w.watch(ctx, notifier) })
	}
	for failed := 0; ; {
		err := w.refresh(ctx)
		switch {
		case ctx.Err() != nil:
			return nil // a refresh that was cut off by the end is no failure
		case err != nil:
			failed++
		default:
			failed = 0
		}
		if !w.wait(ctx, jittered(w.pause(failed))) {
			return nil
		}
	}
}

// refresh takes over one whole list, or, if the source fails, nothing but that it did. Before there is any list, it then takes the one of
// an earlier run.
func (w *Watcher) refresh(ctx context.Context) error {
	before := w.state.Load()
	list, err := w.list(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		after := before.refreshed(list, time.Now())
		w.adopt(before, after)
		logRecovery(w.log, before, after)
		return nil
	case before.known() || w.keep == nil:
		after := before.failed(err, time.Now())
		w.state.Store(after)
		logFailure(w.log, before, after)
		return err
	default:
		return w.restore(ctx, before, err)
	}
}

// restore takes the list of an earlier run, after the source failed by err. Without one the error says both reasons.
func (w *Watcher) restore(ctx context.Context, before *State, err error) error {
	limited, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	list, listed, keepErr := w.keep.Load(limited)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if keepErr != nil {
		err = fmt.Errorf("%w; no last good list to start from: %w", err, keepErr)
		after := before.failed(err, time.Now())
		w.state.Store(after)
		logFailure(w.log, before, after)
		return err
	}
	w.log.Warn("profile refresh failed, using the last good list of an earlier run", zap.Error(err),
		zap.Time("listed", listed), zap.Duration("age", time.Since(listed)))
	w.adopt(before, before.failed(err, time.Now()).restored(list, listed))
	return err
}

// list asks the source, for a limited time.
func (w *Watcher) list(ctx context.Context) ([]Profile, error) {
	timeout := w.timeout
	if w.keep != nil && !w.state.Load().known() {
		timeout = min(timeout, shortTimeout)
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	list, err := w.source.List(limited)
	if err != nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("no complete list within %s: %w", timeout, err)
	}
	return list, err
}

// adopt makes after the state, tells what has changed, and leaves notices of it.
func (w *Watcher) adopt(before, after *State) {
	w.state.Store(after)
	logChanges(w.log, before, after)
	if !before.known() || before.Index != after.Index {
		wake.Notify(w.changes)
	}
	if after.answered() && (!before.answered() || len(compare(before.Profiles, after.Profiles)) > 0) {
		wake.Notify(w.listed)
	}
}

// watch has the source tell of changes. It is an addition to the interval, so that a failure is told once and tried again.
func (w *Watcher) watch(ctx context.Context, notifier Notifier) {
	warned := false
	for ctx.Err() == nil {
		err := notifier.Watch(ctx, w.Refresh)
		if ctx.Err() != nil {
			return
		}
		if !warned {
			w.log.Warn("watch of the profile source failed, relying on the refresh interval", zap.Error(err),
				zap.Duration("interval", w.interval))
			warned = true
		}
		wake.Sleep(ctx, jittered(w.interval))
	}
}

// pause is how long to wait after a refresh, when so many failed one after another.
func (w *Watcher) pause(failed int) time.Duration {
	if failed == 0 {
		return w.interval
	}
	wait, most := min(firstRetry, w.interval), w.interval
	if w.state.Load().answered() {
		wait, most = w.interval, max(w.interval, lastRetry)
	}
	for range failed - 1 {
		if wait >= most {
			break
		}
		wait *= 2
	}
	return min(wait, most)
}

// wait returns true when the next refresh is due, and false if ctx ends first.
func (w *Watcher) wait(ctx context.Context, pause time.Duration) bool {
	began := time.Now()
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	case <-w.asked:
		return wake.Sleep(ctx, min(leastPause, pause)-time.Since(began))
	}
}

// jittered varies a duration by up to a tenth.
func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*rand.Float64())) //nolint:gosec // nothing secret hangs on it
}
