package serve

import (
	"context"
	"os"
	"syscall"
	"testing"

	"go.uber.org/zap"
)

func TestReloaderRefreshesOnSignal(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	hangups := make(chan os.Signal, 1)
	hangups <- syscall.SIGHUP
	// Start returns after the refresh, which ends its context.
	if err := (reloader{hangups: hangups, refresh: cancel, logger: zap.NewNop()}).Start(ctx); err != nil {
		t.Error(err)
	}
	if len(hangups) != 0 {
		t.Error("the signal was not read")
	}
}
