// Package callers lets only the API server ask for judgements: callers prove themselves by a secret
// path or by a client certificate. What they prove is noted in the audit log.
package callers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"fargate-webhook/internal/metric"
	"fargate-webhook/internal/secretpath"
)

// Proof is how a caller proved to be the API server, as it is written to the audit log.
type Proof string

// The proofs, the strongest last.
const (
	Unproven    Proof = "unproven"
	Path        Proof = "secret-path"
	Certificate Proof = "client-certificate"
)

// proofKey is the key of the Proof in a request's context.
type proofKey struct{}

// ProofOf returns how the caller of a request proved itself, from the request's context.
func ProofOf(ctx context.Context) Proof {
	if proof, ok := ctx.Value(proofKey{}).(Proof); ok {
		return proof
	}
	return Unproven
}

// Paths accepts secret paths.
type Paths interface{ AcceptsPath(segment string) bool }

// Guard passes on requests of the API server.
type Guard struct {
	// Paths are accepted as the first segment of a request's path, nil to check none.
	Paths Paths
	// Metrics counts refused callers.
	Metrics *Metrics
	Logger  *zap.Logger
}

// Wrap returns a handler that passes on requests with an accepted secret path, without that path,
// and answers all others with 404 without reading their bodies. It marks the requests with the
// Proof. A client certificate was verified in the TLS handshake if there is one, since the server
// asks for none otherwise.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	// Anybody can be refused: one line a minute is enough to notice.
	log := g.Logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Minute, 1, 0)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proof := Unproven
		if g.Paths != nil {
			segment, rest := secretpath.Cut(r.URL.Path)
			if !g.Paths.AcceptsPath(segment) {
				g.Metrics.refused("path")
				// The path stays out of the log: it may be a secret one that has just expired.
				log.Warn("caller refused: not the secret path", zap.String("from", r.RemoteAddr))
				http.NotFound(w, r)
				return
			}
			r, proof = withPath(r, rest), Path
		}
		if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
			proof = Certificate
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), proofKey{}, proof)))
	})
}

// withPath returns the request with another path, so that no handler sees or logs the secret.
func withPath(r *http.Request, path string) *http.Request {
	changed := new(http.Request)
	*changed = *r
	changed.URL = &url.URL{Path: path, RawQuery: r.URL.RawQuery}
	changed.RequestURI = changed.URL.RequestURI()
	return changed
}

// Metrics counts refused callers.
type Metrics struct{ count *prometheus.CounterVec }

// NewMetrics returns metrics that Register exports.
func NewMetrics() *Metrics {
	return &Metrics{count: refusedCallers.NewStartedCounters()}
}

var refusedCallers = metric.Definition{
	Name: "fargate_webhook_refused_callers_total", Type: metric.Counter,
	Help: "Requests to the webhook's port that did not come from the API server, by what was wrong: path or certificate-name.",
	Labels: []metric.Label{{
		Name: "reason", Values: []string{"path", "certificate-name"},
		Text: "a wrong secret path, or a client certificate without an allowed name",
	}},
}

// Definitions describe the metrics of callers.
func Definitions() []metric.Definition { return []metric.Definition{refusedCallers} }

// Register exports the metrics.
func (m *Metrics) Register(registerer prometheus.Registerer) error {
	if err := registerer.Register(m.count); err != nil {
		return fmt.Errorf("register the metric of refused callers: %w", err)
	}
	return nil
}

func (m *Metrics) refused(reason string) {
	if m != nil {
		m.count.WithLabelValues(reason).Inc()
	}
}
