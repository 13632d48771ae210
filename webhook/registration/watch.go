package registration

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// watched tells touched whenever something happens to a configuration, and when
// something may have happened unseen, until ctx ends. Where it may not watch,
// changes are found at the next resync.
func (k *kept) watched(ctx context.Context, touched chan<- struct{}, logger *zap.Logger) {
	pause := firstRetry
	for failing := false; ctx.Err() == nil; {
		events, err := k.watch(ctx)
		if err != nil {
			if !failing && ctx.Err() == nil {
				logger.Warn("can't watch a webhook configuration: what is changed there is repaired late",
					zap.String("configuration", k.name), zap.Duration("within", resync), zap.Error(err))
			}
			failing = true
			sleep(ctx, pause)
			pause = min(2*pause, time.Minute)
			continue
		}
		failing, pause = false, firstRetry
		notify(touched)
		for open := true; open; {
			select {
			case <-ctx.Done():
				open = false
			case _, open = <-events.ResultChan():
				if open {
					notify(touched)
				}
			}
		}
		events.Stop()
		sleep(ctx, time.Second) // the API server ends a watch after some minutes
	}
}

// notify leaves a notice, if none is there yet.
func notify(notices chan<- struct{}) {
	select {
	case notices <- struct{}{}:
	default:
	}
}

// sleep waits, or returns when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
