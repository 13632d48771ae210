// Package wake has the two ways in which the webhook's loops wait: for a notice, and for time to
// pass.
package wake

import (
	"context"
	"time"
)

// Notify puts a notice into a channel with room for one. If a notice is waiting there already, it
// does nothing. It never blocks on a channel with a buffer.
func Notify(notices chan<- struct{}) {
	select {
	case notices <- struct{}{}:
	default:
	}
}

// Sleep waits for d and returns true. If ctx ends first, it returns false at once.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
