package lastgood

import (
	"context"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/survive"
	"fargate-webhook/profiles"
)

const (
	// renewal is how often an unchanged list is written again, with its new time.
	renewal = 10 * time.Minute
	// firstRetry is the wait after a failed write. It doubles up to renewal.
	firstRetry = 5 * time.Second
	// writeTimeout is the timeout of a write.
	writeTimeout = 10 * time.Second
)

// Watcher provides the list and its changes. profiles.Watcher implements it.
type Watcher interface {
	State() profiles.State
	ListChanges() <-chan struct{}
}

// Keeper writes each new list of the source to the Store, and an unchanged one every 10 minutes.
type Keeper struct {
	Store   *Store
	Watcher Watcher
	Logger  *zap.Logger
}

// Run writes lists until ctx ends. Run it on the leader only.
func (k *Keeper) Run(ctx context.Context) {
	failing := false
	pause := firstRetry
	for ctx.Err() == nil {
		wait := renewal
		switch err := survive.Call(func() error { return k.save(ctx) }); {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				k.Logger.Error("write of the last good list failed, retrying",
					zap.Error(err), survive.Stack(err))
			}
			failing = true
			wait, pause = pause, min(2*pause, renewal)
		default:
			if failing {
				k.Logger.Info("write of the last good list recovered")
			}
			failing, pause = false, firstRetry
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-k.Watcher.ListChanges():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// save writes the current list if the source has returned it since the start. A list from the Store
// is not written back with a new time.
func (k *Keeper) save(ctx context.Context) error {
	state := k.Watcher.State()
	if state.Kept || state.Listed.IsZero() {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return k.Store.Save(limited, state.Profiles, state.Listed)
}
