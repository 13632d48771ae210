package serve

import (
	"context"
	"errors"
	"fmt"
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

// run starts everything, and stops it when ctx ends or something fails. Webhook and work stop at the
// same time: the webhook answers with what is known until its last request, and doesn't wait for a
// leader whose API server doesn't answer. The probes say to the end why the replica isn't ready. It
// returns the first failure, also that something didn't stop within the drain timeout.
func (r *replica) run(ctx context.Context) error {
	failed := make(chan error, 1)
	ports := startStage(ctx, r.ports, failed)
	defer ports.stop()
	rest := startStage(ctx, append([]runnable{r.webhook}, r.work...), failed)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		r.logger.Error("stopping, since a part failed", zap.Error(err))
	}
	late := time.After(drainTimeout)
	for _, s := range []*stage{rest, ports} {
		s.stop()
		select {
		case <-s.stopped:
		case <-late:
			return errors.Join(err, fmt.Errorf("not everything stopped within %s", drainTimeout))
		}
	}
	select {
	case late := <-failed: // while it was stopping, or the second
		return errors.Join(err, late)
	default:
		return err
	}
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
