package main

import (
	"context"
	"os"

	"go.uber.org/zap"
)

// hangup reads the Fargate profiles again at each SIGHUP.
type hangup struct {
	signals <-chan os.Signal
	refresh func()
	logger  *zap.Logger
}

// NeedLeaderElection is false: the signal is for one process.
func (h hangup) NeedLeaderElection() bool { return false }

// Start waits for signals until ctx ends.
func (h hangup) Start(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.signals:
			h.logger.Info("SIGHUP: reading the Fargate profiles again")
			h.refresh()
		}
	}
}
