package serve

import (
	"context"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/wake"
)

// settled is the time from full caches to the end of the start: until then the webhook registers
// itself.
const settled = 10 * time.Second

// releaser gives memory back to the system once the start is over. The start, with caches to fill,
// takes more than the webhook needs afterwards, and Go would keep it for later.
type releaser struct {
	synced <-chan struct{}
	logger *zap.Logger
}

// Start returns when the memory is given back, or ctx has ended.
func (r releaser) Start(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-r.synced:
	}
	if wake.Sleep(ctx, settled) {
		debug.FreeOSMemory()
		if err := dropPages(); err != nil {
			r.logger.Debug("pages of the program not dropped", zap.Error(err))
		}
		r.logger.Info("memory released")
	}
	return nil
}
