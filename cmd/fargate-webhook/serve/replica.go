package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// drainTimeout bounds the time for answering the requests in flight. With the default shutdown
// delay before it, the process ends within 15 seconds of SIGTERM.
const drainTimeout = 8 * time.Second

// runnable runs until its context ends, and then returns soon. Many return before that: their work
// is done.
type runnable interface {
	Start(ctx context.Context) error
}

// replica is everything that one process runs.
type replica struct {
	// ports serve metrics and probes.
	ports []runnable
	// webhook answers the API server.
	webhook runnable
	// work is everything else.
	work   []runnable
	logger *zap.Logger
}

// run starts everything, and stops it when ctx ends or something fails. The work ends first: the
// webhook answers with what is known until its last request, and the probes say to the end why the
// replica isn't ready. It returns the first failure, also that something didn't stop within the
// drain timeout.
func (r *replica) run(ctx context.Context) error {
	failed := make(chan error, 1)
	stages := []*stage{
		startStage(ctx, r.ports, failed), startStage(ctx, []runnable{r.webhook}, failed), startStage(ctx, r.work, failed),
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		r.logger.Error("stopping, since a part failed", zap.Error(err))
	}
	late := time.After(drainTimeout)
	for _, s := range slices.Backward(stages) {
		s.stop()
		select {
		case <-s.stopped:
			continue
		case <-late:
		}
		for _, each := range stages {
			each.stop()
		}
		return errors.Join(err, fmt.Errorf("not everything stopped within %s", drainTimeout))
	}
	if err == nil {
		select {
		case err = <-failed: // while it was stopping
		default:
		}
	}
	return err
}

// stage is what starts and stops together.
type stage struct {
	stop context.CancelFunc
	// stopped is closed when all has returned.
	stopped chan struct{}
}

// startStage starts runnables. The first error of any stage is sent to failed.
func startStage(ctx context.Context, runs []runnable, failed chan<- error) *stage {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &stage{stop: stop, stopped: make(chan struct{})}
	var running sync.WaitGroup
	for _, each := range runs {
		running.Go(func() {
			if err := each.Start(ctx); err != nil {
				select {
				case failed <- err:
				default: // there was one
				}
			}
		})
	}
	go func() {
		defer close(s.stopped)
		running.Wait()
	}()
	return s
}
