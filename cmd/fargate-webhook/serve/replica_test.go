package serve

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

// stops notes the order in which parts stop.
type stops struct {
	mutex sync.Mutex
	order []string
}

// part returns a runnable that takes a second to stop.
func (s *stops) part(name string) runnable {
	return startFunc(func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(time.Second)
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.order = append(s.order, name)
		return nil
	})
}

func (s *stops) list() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.order)
}

type startFunc func(ctx context.Context) error

func (f startFunc) Start(ctx context.Context) error { return f(ctx) }

// The webhook stops with the work, and the probes are there until both have.
func TestReplicaStopsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noted := &stops{}
		r := &replica{
			ports: []runnable{noted.part("probes")}, webhook: noted.part("webhook"),
			work: []runnable{noted.part("work"), startFunc(func(context.Context) error { return nil })}, logger: zap.NewNop(),
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.run(ctx) }()
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		default:
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := strings.Join(noted.list(), " "); len(noted.list()) != 3 || noted.list()[2] != "probes" {
			t.Errorf("they stopped in the order %q", got)
		}
	})
}

// A part that fails ends the replica, with its error: the kubelet starts it again.
func TestReplicaEndsWhenAPartFails(t *testing.T) {
	broken := errors.New("the port is taken")
	for name, fails := range map[string]func(r *replica, part runnable){
		"port":    func(r *replica, part runnable) { r.ports = append(r.ports, part) },
		"webhook": func(r *replica, part runnable) { r.webhook = part },
		"work":    func(r *replica, part runnable) { r.work = append(r.work, part) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				noted := &stops{}
				r := &replica{ports: []runnable{noted.part("p")}, webhook: noted.part("v"), work: []runnable{noted.part("w")}, logger: zap.NewNop()}
				fails(r, startFunc(func(context.Context) error {
					time.Sleep(time.Minute)
					return broken
				}))
				if err := r.run(t.Context()); !errors.Is(err, broken) {
					t.Errorf("run() = %v", err)
				}
				if len(noted.list()) < 2 {
					t.Errorf("only %q stopped", noted.list())
				}
			})
		})
	}
}

// What fails while it stops is reported too.
func TestReplicaReportsAFailedStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cut := errors.New("cut off")
		noted := &stops{}
		r := &replica{webhook: noted.part("webhook"), logger: zap.NewNop(), work: []runnable{startFunc(func(ctx context.Context) error {
			<-ctx.Done()
			return cut
		})}}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.run(ctx); !errors.Is(err, cut) {
			t.Errorf("run() = %v", err)
		}
	})
}

// Work that doesn't stop, such as a leader's whose API server doesn't answer, keeps the process no
// longer than the drain timeout, and the webhook from nothing.
func TestReplicaDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		noted := &stops{}
		r := &replica{webhook: noted.part("webhook"), logger: zap.NewNop(), work: []runnable{startFunc(func(context.Context) error {
			<-release
			return nil
		})}}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		err := r.run(ctx)
		if err == nil || time.Since(began) != drainTimeout {
			t.Errorf("run() = %v after %s", err, time.Since(began))
		}
		if len(noted.list()) != 1 {
			t.Error("the webhook didn't stop")
		}
		close(release)
	})
}
