package ekstest

import (
	"context"
	"net"
	"sync"

	"fargate-webhook/profiles"
)

// Dial connects to a Server, whatever the address.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// NewPiped starts a Server that can be reached by the Dial it returns only: through pipes in memory
// instead of sockets, so that it and its client can live in the fake time of testing/synctest. The
// caller must Close the Server.
func NewPiped(list []profiles.Profile, options Options) (*Server, Dial) {
	s := newServer(list, options)
	if err := s.Listener.Close(); err != nil {
		panic("close a listener that nobody uses: " + err.Error())
	}
	pipes := &listener{connections: make(chan net.Conn), closed: make(chan struct{})}
	s.Listener = pipes
	s.Start()
	return s, pipes.dial
}

// listener accepts what is dialed.
type listener struct {
	connections chan net.Conn
	once        sync.Once
	closed      chan struct{}
}

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.connections <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case connection := <-l.connections:
		return connection, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }
