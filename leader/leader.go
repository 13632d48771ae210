// Package leader runs what one replica does for all: registration, events about pending pods, the
// last good list of profiles.
package leader

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/owner"
	"fargate-webhook/internal/survive"
)

const (
	// leaseDuration, renewDeadline and retryPeriod are those of kube-controller-manager. A replica
	// that crashes is replaced as leader within leaseDuration.
	leaseDuration = 15 * time.Second
	renewDeadline = 10 * time.Second
	retryPeriod   = 2 * time.Second
	// afterPanic is the time from a panic of a function to its next call.
	afterPanic = 10 * time.Second
)

// Elected runs functions while this replica holds a Lease.
//
// controller-runtime's own leader election ends the process when it loses the Lease, for example
// while the API server is slow. Elected only cancels the functions: the replica keeps serving, and
// competes for the Lease again.
type Elected struct {
	// Runs are called at the same time, in a goroutine each, every time this replica becomes the
	// leader. Each must return soon after its context is cancelled.
	Runs   []func(ctx context.Context)
	Client kube.Interface
	// Namespace and Name identify the Lease.
	Namespace, Name string
	// Owners are the owners of the Lease.
	Owners owner.References
	Logger *zap.Logger
}

// Start competes for the Lease until ctx ends, then waits for the functions to return and releases
// the Lease, which it renews until then: those of the next leader start after them. The caller bounds
// that by ending the process, as serve does; the Lease of a function that hangs then expires. Start
// returns an error if the host has no name or the election can't be set up.
func (e *Elected) Start(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("get the host name for the leader election: %w", err)
	}
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: e.Namespace, Name: e.Name},
		Client:     owned{&ownedLeases{LeaseInterface: e.Client.Leases(e.Namespace), owners: e.Owners}},
		LockConfig: resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())},
	}
	// A term starts only after the functions of the previous one have returned.
	term := make(chan struct{}, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, Name: e.Name, LeaseDuration: leaseDuration, RenewDeadline: renewDeadline, RetryPeriod: retryPeriod,
		// ReleaseOnCancel would release the Lease before the functions are cancelled.
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(held context.Context) {
				term <- struct{}{}
				defer func() { <-term }()
				held, cancel := context.WithCancel(held)
				defer cancel()
				defer context.AfterFunc(ctx, cancel)()
				runAll(held, e.Runs, e.Logger)
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("set up leader election: %w", err)
	}
	// The Lease is renewed until no function runs. One that starts only then has no Lease any more.
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		term <- struct{}{}
		stop()
		<-term
	})
	// elector.Run returns when the Lease is lost, and does not wait for OnStartedLeading.
	for ctx.Err() == nil {
		elector.Run(renewing)
	}
	<-renewing.Done()
	if elector.IsLeader() {
		release(context.WithoutCancel(ctx), lock, e.Logger)
	}
	return nil
}

// Alone runs functions without an election, for a webhook that has one replica only.
type Alone struct {
	// Runs are called once, at the same time. Each must return soon after its context is cancelled.
	Runs   []func(ctx context.Context)
	Logger *zap.Logger
}

// Start calls the functions with ctx, waits for them to return, and returns nil.
func (a Alone) Start(ctx context.Context) error {
	runAll(ctx, a.Runs, a.Logger)
	return nil
}

// runAll calls all functions at the same time and returns when all have returned.
func runAll(ctx context.Context, runs []func(ctx context.Context), logger *zap.Logger) {
	var running sync.WaitGroup
	for _, run := range runs {
		running.Go(func() { runAgain(ctx, run, logger) })
	}
	running.Wait()
}

// runAgain calls a function again after a panic: it must end neither the others nor the process,
// which answers the API server.
func runAgain(ctx context.Context, run func(ctx context.Context), logger *zap.Logger) {
	for ctx.Err() == nil {
		err := survive.Call(func() error {
			run(ctx)
			return nil
		})
		if err == nil {
			return
		}
		logger.Error("work of the leader panicked, starting it again", zap.Error(err), survive.Stack(err))
		select {
		case <-ctx.Done():
		case <-time.After(afterPanic):
		}
	}
}
