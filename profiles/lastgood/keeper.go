package lastgood

import (
	"context"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/profiles"
)

const (
	// renewal is how old the time that is written may be: a list that stays the same is written again after it.
	renewal = 10 * time.Minute
	// firstRetry is the wait after a write that failed; it doubles up to renewal.
	firstRetry = 5 * time.Second
	// writeTimeout is how long a write may take.
	writeTimeout = 10 * time.Second
)

// Watcher knows the list. profiles.Watcher does.
type Watcher interface {
	State() profiles.State
	ListChanges() <-chan struct{}
}

// Keeper writes each list that the source gives into the Store, and the time of one that stays the same every 10 minutes.
type Keeper struct {
	Store   *Store
	Watcher Watcher
	Logger  *zap.Logger
}

// Run keeps lists until ctx ends. Only one replica should, the one that leads: all have the same source.
func (k *Keeper) Run(ctx context.Context) {
	failing := false
	pause := firstRetry
	for ctx.Err() == nil {
		wait := renewal
		switch err := k.save(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				k.Logger.Error("write of the last good list failed, retrying",
					zap.Error(err))
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

// save writes the list as it is known now, if the source gave it to this run: the time of the one that is kept must stay true.
func (k *Keeper) save(ctx context.Context) error {
	state := k.Watcher.State()
	if state.Kept || state.Listed.IsZero() {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return k.Store.Save(limited, state.Profiles, state.Listed)
}
