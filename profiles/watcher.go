package profiles

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

const (
	defaultInterval = 60 * time.Second
	defaultTimeout  = 30 * time.Second
	// firstRetry is the wait after a first failed list; it doubles up to the interval, until there is a list at all.
	firstRetry = time.Second
	// jitter is how much an interval varies up and down, so that the replicas of many clusters don't ask EKS at the same moments (F1.21).
	jitter = 0.1
)

// errNoList is the state before the first list.
var errNoList = errors.New("the first list is still awaited")

// WatcherOptions are the settings of a Watcher. A time that is not positive gets its default.
type WatcherOptions struct {
	// Interval is the mean time from the end of a refresh to the next; each wait varies by up to a tenth. Default 60 s.
	Interval time.Duration
	// Timeout is how long one refresh may take. Default 30 s.
	Timeout time.Duration
	// Logger gets a line when the profiles change, when refreshing starts to fail, and when it works again. Default: none.
	Logger *zap.Logger
}

// Watcher keeps an Index current by polling a Source. While the Source fails, the last good Index stays. It is a manager.Runnable of
// controller-runtime, and safe for concurrent use.
type Watcher struct {
	source   Source
	interval time.Duration
	timeout  time.Duration
	log      *zap.Logger
	index    atomic.Pointer[Index]
	unready  atomic.Pointer[error] // why there is no list yet; nil once there is one
	changes  chan struct{}
}

// NewWatcher makes a Watcher that does nothing until it is started.
func NewWatcher(source Source, options WatcherOptions) *Watcher {
	w := &Watcher{
		source:   source,
		interval: positive(options.Interval, defaultInterval),
		timeout:  positive(options.Timeout, defaultTimeout),
		log:      cmp.Or(options.Logger, zap.NewNop()),
		changes:  make(chan struct{}, 1),
	}
	w.index.Store(NewIndex(nil))
	unready := errNoList
	w.unready.Store(&unready)
	return w
}

// Index returns the current Index. It is never nil, and empty until Ready.
func (w *Watcher) Index() *Index { return w.index.Load() }

// Ready returns nil once there was a first list, even if refreshing fails since; before that it returns why there is none.
func (w *Watcher) Ready() error {
	if reason := w.unready.Load(); reason != nil {
		return fmt.Errorf("no Fargate profiles known yet: %w", *reason)
	}
	return nil
}

// Changes returns a channel that holds a notice after the first list, even an empty one, and whenever the content of the Index changed
// since. There is one channel, and it holds one notice: it is for one reader, who then takes the Index as it is.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// NeedLeaderElection says that every replica watches, since every replica answers.
func (w *Watcher) NeedLeaderElection() bool { return false }

// Start refreshes at once and then at every interval, until ctx ends; then it returns nil. It is to be called once.
func (w *Watcher) Start(ctx context.Context) error {
	health := refreshHealth{log: w.log}
	retry := min(firstRetry, w.interval)
	for {
		err := w.refresh(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // a refresh that was cut off by the end is no failure
		}
		health.record(err)
		wait := w.interval
		if w.unready.Load() != nil {
			wait = retry
			retry = min(2*retry, w.interval)
		}
		if !sleep(ctx, jittered(wait)) {
			return nil
		}
	}
}

// refresh takes over one whole list, or changes nothing but the reason of not being ready.
func (w *Watcher) refresh(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	list, err := w.source.List(limited)
	if err != nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("no whole list within %s: %w", w.timeout, err)
	}
	if err != nil {
		if w.unready.Load() != nil {
			w.unready.Store(&err)
		}
		return err
	}
	w.adopt(NewIndex(list))
	return nil
}

// adopt makes next the Index if it differs from the current one, or is the first.
func (w *Watcher) adopt(next *Index) {
	change := compare(w.Index().profiles, next.profiles)
	first := w.unready.Load() != nil
	if !first && change.none() {
		return
	}
	w.index.Store(next)
	w.unready.Store(nil)
	w.log.Info("Fargate profiles changed", zap.Int("active", len(next.profiles)), zap.Strings("added", change.added),
		zap.Strings("removed", change.removed), zap.Strings("changed", change.changed))
	select {
	case w.changes <- struct{}{}:
	default: // a notice is waiting already
	}
}

// positive returns d, or its default if it is not positive.
func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// jittered varies a duration by up to a tenth.
func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*rand.Float64())) //nolint:gosec // nothing secret hangs on it
}

// sleep waits, and returns false if ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
