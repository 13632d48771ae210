package e2e

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fargate-webhook/test/cluster/install"
)

// probeEvery is how often the balancer asks whether a replica is ready. A kubelet asks every few
// seconds, but a pod that is deleted leaves its Service at once.
const probeEvery = 100 * time.Millisecond

// balancer is to replicas what their Service is: new connections go to the ready ones in turn, and
// those that are open stay where they are. It is faster than a Service in one case: a replica that
// was killed gets no new connections from that moment on, not only once its kubelet has noticed.
type balancer struct {
	url string
	ctx context.Context //nolint:containedctx // that of the test

	mutex    sync.Mutex
	backends []*backend
	turn     int
	running  sync.WaitGroup
}

// backend is a replica that the balancer knows.
type backend struct {
	*install.Webhook
	ready bool
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	b := &balancer{ctx: ctx}
	t.Cleanup(func() {
		stop()
		b.running.Wait()
	})
	b.url = "https://" + listenTCP(t, b.pass).Addr().String()
	return b
}

// add makes the balancer probe a replica, until it exits.
func (b *balancer) add(webhook *install.Webhook) {
	added := &backend{Webhook: webhook}
	b.mutex.Lock()
	b.backends = append(b.backends, added)
	b.mutex.Unlock()
	b.running.Go(func() {
		ticker := time.NewTicker(probeEvery)
		defer ticker.Stop()
		for {
			code, err := readiness(b.ctx, webhook)
			b.setReady(added, err == nil && code == http.StatusOK)
			select {
			case <-webhook.Exited():
				b.setReady(added, false)
				return
			case <-b.ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
}

func (b *balancer) setReady(of *backend, ready bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	of.ready = ready
}

// readyCount returns how many replicas get new connections.
func (b *balancer) readyCount() (n int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, each := range b.backends {
		if each.ready {
			n++
		}
	}
	return n
}

// next returns the replica whose turn it is, nil if none is ready.
func (b *balancer) next() *backend {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for range b.backends {
		b.turn++
		if each := b.backends[b.turn%len(b.backends)]; each.ready && each.Running() == nil {
			return each
		}
	}
	return nil
}

// dial connects to the next replica.
func (b *balancer) dial(ctx context.Context) (net.Conn, error) {
	for {
		to := b.next()
		if to == nil {
			return nil, errors.New("no replica is ready")
		}
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(to.URL, "https://"))
		if err == nil || ctx.Err() != nil {
			return connection, err
		}
		b.setReady(to, false) // it was killed a moment ago, and its exit isn't known yet
	}
}

// pass copies between the API server and a replica until one of them, or the test, ends.
func (b *balancer) pass(ctx context.Context, from net.Conn) {
	defer from.Close() //nolint:errcheck // nobody waits for it
	to, err := b.dial(ctx)
	if err != nil {
		return
	}
	defer to.Close() //nolint:errcheck // nobody waits for it
	ended := context.AfterFunc(ctx, func() { _, _ = from.Close(), to.Close() })
	defer ended()
	b.running.Go(func() {
		_, _ = io.Copy(to, from)
		_ = to.Close()
	})
	_, _ = io.Copy(from, to)
}
