package serve

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"fargate-webhook/webhook/server"
)

// addMetrics serves /metrics. The manager could do that too, but without bounds.
func addMetrics(ctx context.Context, mgr manager.Manager, address string, metrics prometheus.Gatherer, logger *zap.Logger) error {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}))
	return addPlain(ctx, mgr, "metrics", address, mux, logger)
}

// addPlain serves HTTP without TLS at an address, unless that is "0" or empty.
func addPlain(ctx context.Context, mgr manager.Manager, name, address string, handler http.Handler, logger *zap.Logger) error {
	if address == "0" || address == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serve the %s: %w", name, err)
	}
	plain, listener := server.Plain(listener, handler, logger.Named(name))
	drain := drainTimeout
	return mgr.Add(&manager.Server{Name: name, Listener: listener, Server: plain, ShutdownTimeout: &drain})
}
