package registration

import (
	"context"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/wake"
)

// follow watches a configuration and leaves a notice in touched after each event, and after each
// start of a watch, since events before it go unseen, until ctx ends. If the watch fails, changes
// are found at the next resync.
func (k *managed) follow(ctx context.Context, touched chan<- struct{}, logger *zap.Logger) {
	pause := firstRetry
	for failing := false; ctx.Err() == nil; {
		events, err := k.watch(ctx)
		if err != nil {
			if !failing && ctx.Err() == nil {
				logger.Warn("watch of a webhook configuration failed, relying on the resync interval",
					zap.String("configuration", k.name), zap.Duration("within", resync), zap.Error(err))
			}
			failing = true
			wake.Sleep(ctx, pause)
			pause = min(2*pause, time.Minute)
			continue
		}
		failing, pause = false, firstRetry
		wake.Notify(touched)
		for open := true; open; {
			select {
			case <-ctx.Done():
				open = false
			case _, open = <-events.ResultChan():
				if open {
					wake.Notify(touched)
				}
			}
		}
		events.Stop()
		wake.Sleep(ctx, time.Second) // the API server closes a watch after some minutes
	}
}
