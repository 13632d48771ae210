package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// bodyGrace is the time for a body, and its answer, before a connection may be closed for another. An
// API server sends a body with its header.
const bodyGrace = time.Second

// connections bounds how many connections are open. A new one always gets in: when there are too
// many, one without a request is closed. It is one of the address that has most of them and on
// which no request was answered yet, before others, and the oldest of these. So those who open
// many connections and say nothing close their own, and an API server's stay.
type connections struct {
	most    int
	metrics *Metrics

	mu     sync.Mutex
	open   map[*conn]struct{}
	silent map[netip.Addr]int // how many of an address have had no answer yet
}

// conn is an open connection.
type conn struct {
	net.Conn
	of   *connections
	addr netip.Addr

	// What follows is guarded by of.mu.
	since        time.Time
	served, busy bool
	closed       bool
}

func newConnections(most int, metrics *Metrics) *connections {
	return &connections{most: most, metrics: metrics, open: map[*conn]struct{}{}, silent: map[netip.Addr]int{}}
}

// listener returns a listener whose connections are counted.
func (c *connections) listener(inner net.Listener) net.Listener {
	return &listener{Listener: inner, of: c}
}

type listener struct {
	net.Listener
	of *connections
}

// Accept returns the next connection, and closes one if there are too many.
func (l *listener) Accept() (net.Conn, error) {
	plain, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	added, victim := l.of.add(plain)
	if victim != nil {
		l.of.metrics.closed()
		_ = victim.Close() // it is gone either way
	}
	return added, nil
}

// add counts a connection, and returns the one to close if there are too many.
func (c *connections) add(plain net.Conn) (added, victim *conn) {
	addr, _ := netip.ParseAddrPort(plain.RemoteAddr().String()) // what isn't TCP has no address
	added = &conn{Conn: plain, of: c, addr: addr.Addr(), since: time.Now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[added] = struct{}{}
	c.silent[added.addr]++
	if len(c.open) > c.most {
		victim = c.victim(added)
	}
	c.metrics.open(len(c.open))
	return added, victim
}

// victim returns the connection to close for the one that was added, which may be that one. Those
// with a request stay, except one that has waited for its body for a while and was never answered:
// whoever sends headers alone would keep everybody out.
func (c *connections) victim(added *conn) *conn {
	worst := added
	for other := range c.open {
		if !other.busy && c.before(other, worst) {
			worst = other
		}
	}
	if worst != added {
		return worst
	}
	for other := range c.open {
		if other.busy && !other.served && time.Since(other.since) > bodyGrace && c.before(other, worst) {
			worst = other
		}
	}
	return worst
}

// before reports that a is closed before b.
func (c *connections) before(a, b *conn) bool {
	if a.served != b.served {
		return !a.served
	}
	if n, m := c.silent[a.addr], c.silent[b.addr]; n != m {
		return n > m
	}
	return a.since.Before(b.since)
}

// Close closes the connection.
func (c *conn) Close() error {
	c.of.remove(c)
	return c.Conn.Close()
}

func (c *connections) remove(gone *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gone.closed {
		return
	}
	gone.closed = true
	delete(c.open, gone)
	if !gone.served {
		c.heard(gone.addr)
	}
	c.metrics.open(len(c.open))
}

// heard counts one silent connection less.
func (c *connections) heard(addr netip.Addr) {
	if c.silent[addr]--; c.silent[addr] <= 0 {
		delete(c.silent, addr)
	}
}

// busy keeps the connections of requests from being closed.
func (c *connections) busy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn := connOf(r.Context()); conn != nil {
			c.setBusy(conn, true)
			defer c.setBusy(conn, false)
		}
		next.ServeHTTP(w, r)
	})
}

func (c *connections) setBusy(conn *conn, busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn.busy, conn.since = busy, time.Now()
}

// served notes that a request of a connection was answered.
func served(ctx context.Context) {
	conn := connOf(ctx)
	if conn == nil {
		return
	}
	conn.of.mu.Lock()
	defer conn.of.mu.Unlock()
	if !conn.served && !conn.closed {
		conn.served = true
		conn.of.heard(conn.addr)
	}
}

type connKey struct{}

// connContext gives the requests of a connection access to it.
func connContext(ctx context.Context, of net.Conn) context.Context {
	if secure, ok := of.(*tls.Conn); ok {
		of = secure.NetConn()
	}
	return context.WithValue(ctx, connKey{}, of)
}

// connOf returns the connection of a request, nil in tests that have none.
func connOf(ctx context.Context) *conn {
	known, _ := ctx.Value(connKey{}).(*conn)
	return known
}
