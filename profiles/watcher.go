package profiles

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/wake"
)

const (
	defaultInterval = 60 * time.Second
	defaultTimeout  = 30 * time.Second
)

// errNoList is the reason of Ready before the first refresh has ended.
var errNoList = errors.New("waiting for the first list")

// WatcherOptions are the settings of a Watcher. A duration that is not positive gets its default.
type WatcherOptions struct {
	// Interval is the mean time from the end of a refresh to the next; each wait varies by up to a
	// tenth. Default 60 s.
	Interval time.Duration
	// Timeout is how long one refresh may take. Default 30 s.
	Timeout time.Duration
	// Keep has the last good list of earlier runs. If the source fails at the start, that list is
	// used until the source returns one. Default: none.
	Keep Keep
	// Problems finds the problems of the ACTIVE profiles of a list, to log them. It must not change
	// the list. It is called for each list with other ACTIVE profiles, once they are in use.
	// Default: [Problems].
	Problems func(list []Profile) []Problem
	// Logger logs each change of a profile, and when refreshes start to fail and work again.
	// Default: none.
	Logger *zap.Logger
}

// Watcher keeps an Index current by polling a Source. While the Source fails, it keeps the last
// good Index. It is safe for concurrent use.
type Watcher struct {
	source   Source
	interval time.Duration
	timeout  time.Duration
	keep     Keep
	problems func(list []Profile) []Problem
	found    []Problem // those of the current Index; only Start uses it
	log      *zap.Logger
	state    atomic.Pointer[State] // only Start changes it
	asked    chan struct{}         // notice of a requested refresh
	changes  chan struct{}
	listed   chan struct{}
}

// NewWatcher returns a Watcher. It does nothing until Start.
func NewWatcher(source Source, options WatcherOptions) *Watcher {
	w := &Watcher{
		source:   source,
		interval: positive(options.Interval, defaultInterval),
		timeout:  positive(options.Timeout, defaultTimeout),
		keep:     options.Keep,
		problems: options.Problems,
		log:      cmp.Or(options.Logger, zap.NewNop()),
		asked:    make(chan struct{}, 1),
		changes:  make(chan struct{}, 1),
		listed:   make(chan struct{}, 1),
	}
	if w.problems == nil {
		w.problems = Problems
	}
	w.state.Store(&State{Index: NewIndex(nil)})
	return w
}

// Index returns the current Index: never nil, and empty until Ready.
func (w *Watcher) Index() *Index { return w.state.Load().Index }

// Earlier returns Indexes that were in use until a few minutes ago, and that other replicas may
// still use, the latest first.
func (w *Watcher) Earlier() []*Index {
	var list []*Index
	for _, used := range slices.Backward(w.state.Load().remembered(time.Now())) {
		list = append(list, used.index)
	}
	return list
}

// List returns a copy of the profiles of every status, sorted by name.
func (w *Watcher) List() []Profile { return byName(w.state.Load().Profiles) }

// State returns the current state.
func (w *Watcher) State() State { return *w.state.Load() }

// Ready returns nil once there was a first list, even if refreshes fail since then. Before that, it
// returns why there is none.
func (w *Watcher) Ready() error {
	state := w.state.Load()
	if state.known() {
		return nil
	}
	if state.Err != nil {
		return fmt.Errorf("no Fargate profiles loaded yet: %w", state.Err)
	}
	return fmt.Errorf("no Fargate profiles loaded yet: %w", errNoList)
}

// Changes returns a channel that holds a notice after the first list, even an empty one, and after
// each change of the Index. There is one channel with room for one notice: it is for one reader,
// which then reads the current Index.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// ListChanges is like Changes, for the lists of the source with profiles of every status.
func (w *Watcher) ListChanges() <-chan struct{} { return w.listed }

// Refresh requests a refresh now, and returns without waiting for it. Several calls before the
// refresh count as one.
func (w *Watcher) Refresh() { wake.Notify(w.asked) }

// positive returns d, or its default if it is not positive.
func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
