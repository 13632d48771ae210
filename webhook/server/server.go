// Package server serves the webhook. It is controller-runtime's webhook server as far as the
// manager and the handlers see it, with time-outs and a bound on connections that this one has no
// options for.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"
)

const (
	// headerTime is for the TLS handshake, and again for the header of a request. An API server
	// needs milliseconds, but both ends may be short of processor time. The slow ones are closed
	// when there are too many.
	headerTime = 10 * time.Second
	// readTime is for header and body.
	readTime = 10 * time.Second
	// writeTime is for all from the header to the answer. No API server waits longer for a webhook.
	writeTime = 30 * time.Second
	// idleTime is for the next request of a connection. API servers close theirs after 90 seconds:
	// one that is closed at this end may have a request on its way, which then fails.
	idleTime = 2 * time.Minute
	// maxHeader is for the header of a request, in bytes; the API server's has less than 1,000.
	maxHeader = 16 << 10
)

// Options configure a server.
type Options struct {
	Host string
	Port int
	// GetCertificate returns the certificate to serve with.
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// TLS changes the TLS configuration further, nil for no change.
	TLS func(*tls.Config)
	// Draining ends when the server is about to stop, nil if that is never known before. From then
	// on each answer ends its connection, so that callers open the next one to another replica.
	Draining <-chan struct{}
	// Connections is how many connections are open at most.
	Connections int
	// DrainTimeout is for the requests in flight when the server stops.
	DrainTimeout time.Duration
	Logger       *zap.Logger
	// Metrics counts connections, nil for nothing.
	Metrics *Metrics
}

// Server is a webhook server of controller-runtime that serves by itself.
type Server struct {
	// Server registers the handlers, with metrics; it is never started.
	ctrlwebhook.Server
	options     Options
	mux         *http.ServeMux
	connections *connections
	started     atomic.Bool
}

// New returns a server.
func New(o Options) *Server {
	mux := http.NewServeMux()
	return &Server{
		Server:  ctrlwebhook.NewServer(ctrlwebhook.Options{Host: o.Host, Port: o.Port, WebhookMux: mux}),
		options: o, mux: mux, connections: newConnections(o.Connections, o.Metrics),
	}
}

// Answering returns a handler that only API servers get to: a connection that has been answered by
// it counts as one of theirs.
func Answering(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		served(r.Context())
	})
}

// Start serves until ctx ends, and then answers the requests in flight.
func (s *Server) Start(ctx context.Context) error {
	plain, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(s.options.Host, strconv.Itoa(s.options.Port)))
	if err != nil {
		return fmt.Errorf("serve the webhook: %w", err)
	}
	s.options.Logger.Info("serving the webhook", zap.Stringer("address", plain.Addr()), zap.Int("connections", s.options.Connections))
	s.started.Store(true)
	listener := tls.NewListener(s.connections.listener(plain), s.tls())
	if err := serve(ctx, s.http(ctx), listener, s.options.DrainTimeout, s.options.Logger); err != nil {
		return fmt.Errorf("serve the webhook: %w", err)
	}
	return nil
}

// serve serves until ctx ends, and then answers the requests in flight. What still is after the
// timeout is cut off.
func serve(ctx context.Context, server *http.Server, listener net.Listener, drain time.Duration, logger *zap.Logger) error {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		if err := server.Shutdown(limited); err != nil {
			logger.Warn("requests were cut off", zap.Error(errors.Join(err, server.Close())))
		}
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped
	return nil
}

// http returns the HTTP server. The contexts of requests outlive ctx: those in flight are answered.
func (s *Server) http(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           s.connections.busy(s.closing(s.mux)),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ConnContext:       connContext,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          errorLog(s.options.Logger),
	}
}

// closing ends connections with the next answer once the server drains. It leaves idle ones alone:
// a request may be on its way on them.
func (s *Server) closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-s.options.Draining:
			w.Header().Set("Connection", "close")
		default: // also if it is nil
		}
		next.ServeHTTP(w, r)
	})
}

// tls returns the TLS configuration. The API server speaks HTTP/1.1 to webhooks; HTTP/2 has limits
// of its own, which would have to be bounded too.
func (s *Server) tls() *tls.Config {
	config := &tls.Config{NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12, GetCertificate: s.options.GetCertificate}
	if s.options.TLS != nil {
		s.options.TLS(config)
	}
	return config
}

// errorLog returns the log of failed handshakes and the like. Anyone can cause any number of them.
func errorLog(logger *zap.Logger) *log.Logger {
	out, err := zap.NewStdLogAt(logger, zapcore.DebugLevel)
	if err != nil {
		return nil // never: the level exists
	}
	return out
}

// StartedChecker returns a check that fails before the server listens. It makes no connection: a
// replica that is short of processor time isn't more useful when it is unready.
func (s *Server) StartedChecker() healthz.Checker {
	return func(*http.Request) error {
		if !s.started.Load() {
			return errors.New("the webhook is not served yet")
		}
		return nil
	}
}
