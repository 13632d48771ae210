package leader

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"

	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/kube/kubetest"
)

// A leader that ends gives the Lease back only after its functions have returned, even if they take
// longer than the Lease lasts: those of two leaders never run at the same time.
func TestNextLeaderWaitsForFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kubetest.NewClient()
		var running, most atomic.Int32
		slow := func(ctx context.Context) {
			now := running.Add(1)
			most.Store(max(most.Load(), now))
			<-ctx.Done()
			time.Sleep(2 * leaseDuration)
			running.Add(-1)
		}
		replica := func() *Elected {
			return &Elected{Runs: []func(context.Context){slow}, Client: client, Namespace: "own", Name: "fargate-webhook", Logger: zap.NewNop()}
		}
		stopFirst, _ := start(t, replica())
		time.Sleep(time.Second) // so that the first is the leader
		first := holderOf(t, client)
		stopSecond, _ := start(t, replica())
		time.Sleep(time.Second)

		stopped := make(chan struct{})
		go func() { stopFirst(); close(stopped) }()
		time.Sleep(2*leaseDuration - time.Second)
		if got := holderOf(t, client); got != first {
			t.Errorf("%q holds the Lease while a function of %q runs", got, first)
		}
		<-stopped
		time.Sleep(4 * retryPeriod)
		if running.Load() != 1 {
			t.Errorf("%d functions run, want that of the next leader", running.Load())
		}
		stopSecond()
		if most.Load() != 1 {
			t.Errorf("%d functions ran at the same time", most.Load())
		}
	})
}

func holderOf(t *testing.T, client kubetest.Client) string {
	t.Helper()
	lease, err := client.CoordinationV1().Leases("own").Get(t.Context(), "fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return *lease.Spec.HolderIdentity
}

// hanging is an API server whose answers about Leases never come while it is down.
type hanging struct {
	kubetest.Client

	down *atomic.Bool
}

func (h hanging) Leases(namespace string) typedv1.LeaseInterface {
	return hangingLeases{h.Client.Leases(namespace), h.down}
}

type hangingLeases struct {
	typedv1.LeaseInterface

	down *atomic.Bool
}

func (h hangingLeases) wait(ctx context.Context) error {
	if !h.down.Load() {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h hangingLeases) Get(ctx context.Context, name string, options metav1.GetOptions) (*coordinationv1.Lease, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	return h.LeaseInterface.Get(ctx, name, options)
}

func (h hangingLeases) Update(ctx context.Context, lease *coordinationv1.Lease, options metav1.UpdateOptions) (*coordinationv1.Lease, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	return h.LeaseInterface.Update(ctx, lease, options)
}

// A leader whose API server doesn't answer ends its functions before another replica may take the
// Lease over.
func TestFunctionsEndBeforeTheLeaseDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		var client kube.Interface = hanging{kubetest.NewClient(), &down}
		c := &counter{}
		stop, _ := start(t, &Elected{Runs: c.two(), Client: client, Namespace: "own", Name: "fargate-webhook", Logger: zap.NewNop()})
		time.Sleep(time.Second)
		c.want(t, 2)
		down.Store(true)
		time.Sleep(leaseDuration - time.Second)
		c.want(t, 0)
		stop()
	})
}
