package registration

import (
	"context"
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
		go func() { ended <- Always{Runs: []func(context.Context){p.registrar.Run}}.Start(ctx) }()
		p.want(t, "CA1", appsScope)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Of two replicas one registers; when it ends the other takes over, with what it knows.
func TestElectedTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newParts(), newParts()
		second.client = first.client
		second.registrar.Client = first.registrar.Client
		second.bundle = "CA2"
		ends := make([]func(), 0, 2)
		for _, p := range []*parts{first, second} {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			elected := &Elected{Runs: []func(context.Context){p.registrar.Run}, Client: first.client, Namespace: "own", Name: "fargate-webhook"}
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
		if lines := second.logged.Len(); lines != 0 {
			t.Errorf("the second replica has %d lines", lines)
		}
		ends[0]()
		time.Sleep(20 * time.Second)
		second.want(t, "CA2", appsScope)
		ends[1]()
		lease, err := first.client.CoordinationV1().Leases("own").Get(t.Context(), "fargate-webhook", metav1.GetOptions{})
		if err != nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != "" {
			t.Errorf("the lease is not given back: %+v, %v", lease, err)
		}
	})
}
