package leader

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/kube/kubetest"
)

// counter counts the functions that run at a time.
type counter struct{ running atomic.Int32 }

// two returns two functions that take a second to return after their context is cancelled.
func (c *counter) two() []func(context.Context) {
	one := func(ctx context.Context) {
		c.running.Add(1)
		<-ctx.Done()
		time.Sleep(time.Second)
		c.running.Add(-1)
	}
	return []func(context.Context){one, one}
}

func (c *counter) want(t *testing.T, count int32) {
	t.Helper()
	synctest.Wait()
	if got := c.running.Load(); got != count {
		t.Errorf("%d functions run, want %d", got, count)
	}
}

// start starts one in the bubble and returns a function that cancels it and waits for it,
// and the channel of its result.
func start(t *testing.T, runnable interface{ Start(context.Context) error }) (stop func(), ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- runnable.Start(ctx) }()
	return func() {
		cancel()
		if err := <-result; err != nil {
			t.Error(err)
		}
	}, result
}

// orphan takes its owner from the Lease, as restoring it from a backup does. The next leader sets it
// again.
func orphan(t *testing.T, client kubetest.Client) {
	t.Helper()
	leases := client.CoordinationV1().Leases("own")
	lease, err := leases.Get(t.Context(), "fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lease.OwnerReferences = nil
	if _, err := leases.Update(t.Context(), lease, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestAloneRunsAllUntilCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{}
		stop, _ := start(t, Alone{Runs: c.two(), Logger: zap.NewNop()})
		c.want(t, 2)
		stop()
		c.want(t, 0)
	})
}

// A panic of one function ends neither the others nor the process, and the function is called again.
func TestPanicIsSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, calls := &counter{}, 0
		panics := func(ctx context.Context) {
			if calls++; calls == 1 {
				panic("a poisonous object")
			}
			<-ctx.Done()
		}
		stop, _ := start(t, Alone{Runs: append(c.two(), panics), Logger: zap.NewNop()})
		c.want(t, 2)
		time.Sleep(afterPanic + time.Second)
		c.want(t, 2)
		stop()
		if calls != 2 {
			t.Errorf("called %d times", calls)
		}
	})
}

func TestSecondReplicaTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kubetest.NewClient()
		owners := func(context.Context) ([]metav1.OwnerReference, error) {
			return []metav1.OwnerReference{{Kind: "Role", UID: "u-1"}}, nil
		}
		counters := []*counter{{}, {}}
		stops := make([]func(), 0, len(counters))
		for _, c := range counters {
			stop, _ := start(t, &Elected{Runs: c.two(), Client: client, Namespace: "own", Name: "fargate-webhook", Owners: owners, Logger: zap.NewNop()})
			stops = append(stops, stop)
			time.Sleep(time.Second) // so that the first is the leader
		}
		time.Sleep(10 * time.Minute)
		counters[0].want(t, 2)
		orphan(t, client)
		counters[1].want(t, 0)
		stops[0]()
		counters[0].want(t, 0)
		time.Sleep(20 * time.Second)
		counters[1].want(t, 2)
		stops[1]()
		counters[1].want(t, 0)
		lease, err := client.CoordinationV1().Leases("own").Get(t.Context(), "fargate-webhook", metav1.GetOptions{})
		if err != nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != "" {
			t.Errorf("the lease is not released: %+v, %v", lease, err)
		}
		if len(lease.OwnerReferences) != 1 || lease.OwnerReferences[0].UID != "u-1" {
			t.Errorf("owners %+v", lease.OwnerReferences)
		}
	})
}
