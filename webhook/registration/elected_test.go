package registration

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// Both ways to run a Registrar are on every replica: the election is its own.
func TestRunnables(t *testing.T) {
	for _, runnable := range []interface {
		manager.Runnable
		manager.LeaderElectionRunnable
	}{Always{}, new(Elected)} {
		if runnable.NeedLeaderElection() {
			t.Errorf("%T waits for the manager's election", runnable)
		}
	}
}

func TestAlwaysRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		beside := &counted{}
		go func() { ended <- Always{Runs: append(beside.twice(), p.registrar.Run)}.Start(ctx) }()
		p.want(t, "CA1", appsScope)
		beside.want(t, 2)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		beside.want(t, 0)
	})
}

// counted counts what runs beside a Registrar.
type counted struct{ running atomic.Int32 }

// twice are two that run and take a while to end.
func (c *counted) twice() []func(context.Context) {
	one := func(ctx context.Context) {
		c.running.Add(1)
		<-ctx.Done()
		time.Sleep(time.Second)
		c.running.Add(-1)
	}
	return []func(context.Context){one, one}
}

func (c *counted) want(t *testing.T, count int32) {
	t.Helper()
	synctest.Wait()
	if got := c.running.Load(); got != count {
		t.Errorf("%d run beside it, want %d", got, count)
	}
}

// Of two replicas one registers; when it ends the other takes over, with what it knows.
func TestElectedTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newParts(), newParts()
		second.client = first.client
		second.registrar.Client = first.registrar.Client
		second.bundle = "CA2"
		ends := make([]func(), 0, 2)
		beside := &counted{} // of both
		for _, p := range []*parts{first, second} {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			elected := &Elected{Runs: append(beside.twice(), p.registrar.Run), Client: first.client, Namespace: "own", Name: "fargate-webhook"}
			go func() { ended <- elected.Start(ctx) }()
			ends = append(ends, func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
			time.Sleep(time.Second) // so that the first is the leader
		}
		time.Sleep(10 * time.Minute)
		first.want(t, "CA1", appsScope)
		beside.want(t, 2)
		if lines := second.logged.Len(); lines != 0 {
			t.Errorf("the second replica has %d lines", lines)
		}
		ends[0]()
		time.Sleep(20 * time.Second)
		second.want(t, "CA2", appsScope)
		beside.want(t, 2)
		ends[1]()
		beside.want(t, 0)
		lease, err := first.client.CoordinationV1().Leases("own").Get(t.Context(), "fargate-webhook", metav1.GetOptions{})
		if err != nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != "" {
			t.Errorf("the lease is not given back: %+v, %v", lease, err)
		}
	})
}
