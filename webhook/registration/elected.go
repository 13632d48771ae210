package registration

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Elected runs things on one of several replicas at a time: a Registrar, and
// what else is for one to do. The manager's own leader election would end the
// process of a replica that loses its lease, while the API server is slow, say;
// this one goes on serving.
type Elected struct {
	// Runs are run side by side, each until its context ends.
	Runs   []func(ctx context.Context)
	Client kubernetes.Interface
	// Namespace and Name are those of the Lease.
	Namespace, Name string
}

// NeedLeaderElection is false: it brings its own.
func (e *Elected) NeedLeaderElection() bool { return false }

// Start runs for the lease and, with it, everything, until ctx ends.
func (e *Elected) Start(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name this replica: %w", err)
	}
	// turn keeps what a lost lease ended apart from what comes next.
	turn := make(chan struct{}, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: e.Namespace, Name: e.Name},
			Client:     e.Client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())},
		},
		LeaseDuration:   15 * time.Second,
		RenewDeadline:   10 * time.Second,
		RetryPeriod:     2 * time.Second,
		ReleaseOnCancel: true,
		Name:            e.Name,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) {
				turn <- struct{}{}
				defer func() { <-turn }()
				together(ctx, e.Runs)
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("set up leader election: %w", err)
	}
	// Run returns when the lease is lost; then it is run for again.
	for ctx.Err() == nil {
		elector.Run(ctx)
	}
	// What leads runs beside the elector: it may have a word to finish.
	turn <- struct{}{}
	<-turn
	return nil
}

// Always runs the same without an election: there is one replica only.
type Always struct{ Runs []func(ctx context.Context) }

// NeedLeaderElection is false: there is no other.
func (a Always) NeedLeaderElection() bool { return false }

// Start runs everything until ctx ends.
func (a Always) Start(ctx context.Context) error {
	together(ctx, a.Runs)
	return nil
}

// together returns when all have ended.
func together(ctx context.Context, runs []func(ctx context.Context)) {
	var running sync.WaitGroup
	for _, run := range runs {
		running.Go(func() { run(ctx) })
	}
	running.Wait()
}
