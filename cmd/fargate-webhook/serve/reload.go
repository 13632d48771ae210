package serve

import (
	"context"
	"os"

	"go.uber.org/zap"
)

// reloader refreshes the Fargate profiles on each SIGHUP.
type reloader struct {
	hangups <-chan os.Signal
	refresh func()
	logger  *zap.Logger
}

// Start waits for signals until ctx ends.
func (r reloader) Start(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.hangups:
			r.logger.Info("SIGHUP received, refreshing the Fargate profiles")
			r.refresh()
		}
	}
}
