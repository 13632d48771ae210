package profiles

import (
	"cmp"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/wake"
)

const (
	defaultInterval = 60 * time.Second
	defaultTimeout  = 30 * time.Second
)

// errNoList is the state before the first list.
var errNoList = errors.New("waiting for the first list")

// WatcherOptions are the settings of a Watcher. A time that is not positive gets its default.
type WatcherOptions struct {
	// Interval is the mean time from the end of a refresh to the next; each wait varies by up to a tenth. Default 60 s.
	Interval time.Duration
	// Timeout is how long one refresh may take. Default 30 s.
	Timeout time.Duration
	// Keep has the last good list of earlier runs: it is used from a start at which the source fails until the source gives a list.
	// Default: none.
	Keep Keep
	// Logger gets a line for each change of a profile, when refreshing starts to fail, and when it works again. Default: none.
	Logger *zap.Logger
}

// Watcher keeps an Index current by polling a Source. While the Source fails, the last good Index stays. It is a manager.Runnable of
// controller-runtime, and safe for concurrent use.
type Watcher struct {
	source   Source
	interval time.Duration
	timeout  time.Duration
	keep     Keep
	log      *zap.Logger
	state    atomic.Pointer[State] // only Start changes it
	asked    chan struct{}         // a refresh is to come now
	changes  chan struct{}
	listed   chan struct{}
}

// NewWatcher makes a Watcher that does nothing until it is started.
func NewWatcher(source Source, options WatcherOptions) *Watcher {
	w := &Watcher{
		source:   source,
		interval: positive(options.Interval, defaultInterval),
		timeout:  positive(options.Timeout, defaultTimeout),
		keep:     options.Keep,
		log:      cmp.Or(options.Logger, zap.NewNop()),
		asked:    make(chan struct{}, 1),
		changes:  make(chan struct{}, 1),
		listed:   make(chan struct{}, 1),
	}
	w.state.Store(&State{Index: NewIndex(nil)})
	return w
}

// Index returns the current Index. It is never nil, and empty until Ready.
func (w *Watcher) Index() *Index { return w.state.Load().Index }

// List returns the profiles of every status, sorted by name. It is a copy.
func (w *Watcher) List() []Profile { return byName(w.state.Load().Profiles) }

// State returns all that is known at this moment, and how current it is.
func (w *Watcher) State() State { return *w.state.Load() }

// Ready returns nil once there was a first list, even if refreshing fails since; before that it returns why there is none.
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

// Changes returns a channel that holds a notice after the first list, even an empty one, and whenever the content of the Index changed
// since. There is one channel, and it holds one notice: it is for one reader, who then takes the Index as it is.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// ListChanges is as Changes, but for the source's lists as a whole, with profiles of every status.
func (w *Watcher) ListChanges() <-chan struct{} { return w.listed }

// Refresh has the profiles read again now. It doesn't wait for that, and several calls before it are one.
func (w *Watcher) Refresh() { wake.Notify(w.asked) }

// NeedLeaderElection says that every replica watches, since every replica answers.
func (w *Watcher) NeedLeaderElection() bool { return false }

// positive returns d, or its default if it is not positive.
func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
