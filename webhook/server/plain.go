package server

import (
	"context"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
)

const (
	// plainConnections is how many connections of metrics or probes are open at most. The kubelet
	// has two and a Prometheus one.
	plainConnections = 16
	// plainTime is for the header of a request, and again for the answer.
	plainTime = 10 * time.Second
	// plainHeader is for the header of a request, in bytes: a scraper sends its credentials too.
	plainHeader = 8 << 10
)

// Plain is a server without TLS, for metrics and probes, which anyone in the cluster may ask.
// Connections, headers and time are bounded, as those of the webhook. A new connection always gets
// in, for the oldest one of the address that has most: here one with a request may be closed too.
type Plain struct {
	server   *http.Server
	listener net.Listener
	drain    time.Duration
	logger   *zap.Logger
}

// NewPlain returns a server that listens, and serves once it is started. drain bounds the time for
// the requests in flight when it stops.
func NewPlain(ctx context.Context, address string, handler http.Handler, drain time.Duration, logger *zap.Logger) (*Plain, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &Plain{
		server: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: plainTime,
			ReadTimeout:       plainTime,
			WriteTimeout:      plainTime,
			IdleTimeout:       idleTime,
			MaxHeaderBytes:    plainHeader,
			ErrorLog:          errorLog(logger),
		},
		listener: newConnections(plainConnections, nil).listener(listener), drain: drain, logger: logger,
	}, nil
}

// Start serves until ctx ends, and then answers the requests in flight.
func (p *Plain) Start(ctx context.Context) error {
	p.logger.Info("serving", zap.Stringer("address", p.listener.Addr()))
	return serve(ctx, p.server, p.listener, p.drain, p.logger)
}
