package profiles

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/survive"
	"fargate-webhook/internal/wake"
)

const (
	// firstRetry is the wait after the first failure until there is a list. It doubles up to the
	// interval.
	firstRetry = time.Second
	// lastRetry is the longest wait after failures once there was a list. The wait doubles from the
	// interval up to it, so that a source that throttles gets fewer requests (F1.21).
	lastRetry = 5 * time.Minute
	// leastPause is the least time between a refresh and one that is requested: a file may be
	// written in many small steps.
	leastPause = time.Second
	// shortTimeout is the timeout of the first list if there is a last good list to use instead.
	shortTimeout = 10 * time.Second
	// jitter is the part by which an interval varies up and down, so that many replicas don't call
	// EKS at the same time (F1.21).
	jitter = 0.1
)

// Start refreshes at once, then at every interval, when Refresh is called and when the source
// notifies of a change, until ctx ends; then it returns nil. Call it once.
func (w *Watcher) Start(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	if notifier, ok := w.source.(Notifier); ok {
		watching.Go(func() { w.watch(ctx, notifier) })
	}
	for failed := 0; ; {
		err := w.refreshSafely(ctx)
		switch {
		case ctx.Err() != nil:
			return nil // a refresh that ctx cancelled is not a failure
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

// refreshSafely counts a panic as a failed refresh: the last good list stays in use.
func (w *Watcher) refreshSafely(ctx context.Context) error {
	before := w.state.Load()
	err := survive.Call(func() error { return w.refresh(ctx) })
	if panicked := (*survive.PanicError)(nil); errors.As(err, &panicked) {
		w.log.Error("profile refresh panicked", zap.Error(err), survive.Stack(err))
		w.state.Store(before.failed(err, time.Now()))
	}
	return err
}

// refresh lists the source once and updates the state. If the source fails and there is no list
// yet, it uses the list of an earlier run.
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

// restore loads the list of an earlier run after the source has failed with err. If that fails too,
// it returns both errors.
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

// list lists the source, with a timeout.
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

// adopt stores a new state, logs changes, leaves notices, and then logs problems: nobody waits for
// those.
func (w *Watcher) adopt(before, after *State) {
	w.state.Store(after)
	logChanges(w.log, before, after)
	if !before.known() || before.Index != after.Index {
		wake.Notify(w.changes)
	}
	if after.answered() && (!before.answered() || len(compare(before.Profiles, after.Profiles)) > 0) {
		wake.Notify(w.listed)
	}
	if before.Index != after.Index {
		w.logNewProblems(after.Index.profiles)
	}
}

// logNewProblems logs the problems of the ACTIVE profiles that the earlier list did not have. The
// list is good whatever happens here, so a panic is only logged.
func (w *Watcher) logNewProblems(active []Profile) {
	err := survive.Call(func() error {
		found := w.problems(active)
		logProblems(w.log, w.found, found)
		w.found = found
		return nil
	})
	if err != nil {
		w.log.Error("search for profile problems panicked, the profiles are in use", zap.Error(err), survive.Stack(err))
	}
}

// watch watches the source, and retries if that fails. The interval still works then, so the
// failure is logged once.
func (w *Watcher) watch(ctx context.Context, notifier Notifier) {
	warned := false
	for ctx.Err() == nil {
		err := survive.Call(func() error { return notifier.Watch(ctx, w.Refresh) })
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

// pause returns the wait until the next refresh, after the given number of consecutive failures.
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

// wait returns true when the next refresh is due or requested, and false if ctx ends first.
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

// jittered varies a duration at random by up to a tenth.
func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*rand.Float64())) //nolint:gosec // not a secret
}
