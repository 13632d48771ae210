package leader

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
)

// A replica that can't renew its Lease stops the functions but doesn't end, and runs them again
// once it holds the Lease again.
func TestLostLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kubetest.NewClient()
		var down atomic.Bool
		client.PrependReactor("update", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
			return down.Load(), nil, errors.New("down")
		})
		c := &counter{}
		stop, ended := start(t, &Elected{Runs: c.two(), Client: client, Namespace: "own", Name: "fargate-webhook", Logger: zap.NewNop()})
		time.Sleep(time.Second)
		c.want(t, 2)

		down.Store(true)
		time.Sleep(time.Minute)
		c.want(t, 0)
		select {
		case err := <-ended:
			t.Fatalf("Start returned: %v", err)
		default:
		}

		down.Store(false)
		time.Sleep(time.Minute)
		c.want(t, 2)
		stop()
	})
}
