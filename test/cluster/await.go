package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pollEvery is how often Await calls its condition.
const pollEvery = 50 * time.Millisecond

// stopError is an error that makes retries pointless.
type stopError struct{ error }

func (e stopError) Unwrap() error { return e.error }

// Stop wraps err so that Await returns it at once instead of retrying.
func Stop(err error) error { return stopError{err} }

// Await calls condition until it returns nil. It gives up when ctx ends, after the deadline, or
// when condition returns an error wrapped by Stop. Its error contains what, and condition's last
// error.
func Await(ctx context.Context, deadline time.Duration, what string, condition func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	var last error
	for {
		err := condition(bounded)
		if err == nil {
			return nil
		}
		if stop, ok := errors.AsType[stopError](err); ok {
			return fmt.Errorf("waiting until %s: %w", what, stop.error)
		}
		// Keep the last error from before the deadline: a later one says only that the context
		// ended.
		if bounded.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ticker.C:
		case <-bounded.Done():
			return fmt.Errorf("waiting until %s (for %s): %w: %w", what, deadline, bounded.Err(), last)
		}
	}
}
