package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pollEvery is how often Await looks.
const pollEvery = 50 * time.Millisecond

// stopError is an error that no waiting will mend.
type stopError struct{ error }

func (e stopError) Unwrap() error { return e.error }

// Stop makes Await give up at once with that error.
func Stop(err error) error { return stopError{err} }

// Await calls condition until it returns nil. It gives up when ctx ends, after the deadline, or when condition returns an error made by
// Stop; the error then says what was awaited and what condition last complained of.
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
		// What a call says when its time ran out hides why it was not done before.
		if bounded.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ticker.C:
		case <-bounded.Done():
			return fmt.Errorf("waiting until %s, for %s: %w: %w", what, deadline, bounded.Err(), last)
		}
	}
}
