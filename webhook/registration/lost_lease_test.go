package registration

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"
)

// A replica that can't renew its lease stops registering, but doesn't end: it
// runs for the lease again, and then registers what has changed.
func TestLostLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		var down atomic.Bool
		p.client.PrependReactor("update", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
			return down.Load(), nil, errors.New("down")
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		elected := &Elected{Runs: []func(context.Context){p.registrar.Run}, Client: p.client, Namespace: "own", Name: "fargate-webhook"}
		go func() { ended <- elected.Start(ctx) }()
		time.Sleep(time.Second)
		p.want(t, "CA1", appsScope)

		down.Store(true)
		time.Sleep(time.Minute)
		p.set(func() { p.bundle = "CA2" })
		p.caNews <- struct{}{}
		time.Sleep(resync)
		p.want(t, "CA1", appsScope)
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		default:
		}

		down.Store(false)
		time.Sleep(time.Minute)
		p.want(t, "CA2", appsScope)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
