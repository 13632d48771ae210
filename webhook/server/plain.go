package server

import (
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

// Plain returns a server without TLS, for metrics and probes, which anyone in the cluster may ask,
// and the listener to serve with it. Connections, headers and time are bounded, as those of the
// webhook. A new connection always gets in, for the oldest one of the address that has most: here
// one with a request may be closed too.
func Plain(plain net.Listener, handler http.Handler, logger *zap.Logger) (*http.Server, net.Listener) {
	c := newConnections(plainConnections, nil)
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: plainTime,
		ReadTimeout:       plainTime,
		WriteTimeout:      plainTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    plainHeader,
		ErrorLog:          errorLog(logger),
	}, c.listener(plain)
}
