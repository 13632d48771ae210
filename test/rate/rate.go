// Package rate sends requests at a rate, as users do: whether or not those before are answered.
package rate

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Send calls send so many times a second until ctx ends, and waits for all calls: those under way at
// the end count too, and their context goes on. It returns how long each took and what failed.
func Send(ctx context.Context, perSecond int, send func(ctx context.Context) error) (took []time.Duration, failed []error) {
	var mutex sync.Mutex
	var calls sync.WaitGroup
	ticker := time.NewTicker(time.Second / time.Duration(perSecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			calls.Wait()
			return took, failed
		case <-ticker.C:
		}
		calls.Go(func() {
			began := time.Now()
			err := send(context.WithoutCancel(ctx))
			mutex.Lock()
			defer mutex.Unlock()
			took = append(took, time.Since(began))
			if err != nil {
				failed = append(failed, fmt.Errorf("after %s: %w", time.Since(began), err))
			}
		})
	}
}
