package serve

import (
	"context"
	"crypto/tls"
	"net/http"
	"sync/atomic"

	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/certs"
	"fargate-webhook/webhook/callers"
	"fargate-webhook/webhook/registration"
)

// gate lets only the API server in: by a secret path, by a client certificate, or by both.
type gate struct {
	paths        certs.Paths           // nil: not checked
	certificates *callers.Certificates // nil: not asked for
	guard        *callers.Guard
	// runs reads the files of the gate again.
	runs []runnable
}

func newGate(f *flags, certificates certs.Source, logger *zap.Logger) (*gate, error) {
	counted := callers.NewMetrics()
	g := &gate{guard: &callers.Guard{Metrics: counted, Logger: logger}}
	switch {
	case f.pathFile != "":
		file, err := callers.NewPathFile(f.pathFile, logger)
		if err != nil {
			return nil, err
		}
		g.paths, g.runs = file, append(g.runs, file)
	case !f.static: // a static registration would not follow a generated path
		g.paths = certificates.Paths()
	}
	if g.paths != nil {
		g.guard.Paths = g.paths
	}
	if f.clientCAFile != "" {
		asked, err := callers.NewCertificates(f.clientCAFile, f.clientAllowedNames, counted, logger)
		if err != nil {
			return nil, err
		}
		g.certificates, g.runs = asked, append(g.runs, asked)
	}
	if g.paths == nil && g.certificates == nil {
		logger.Warn("callers are not checked: whoever reaches the port can ask for judgements; set --path-file or --client-ca-file")
	}
	return g, counted.Register(metrics.Registry)
}

// requireCertificate makes the webhook's port ask for client certificates, if there is a CA for
// them.
func (g *gate) requireCertificate(config *tls.Config) {
	if g.certificates != nil {
		g.certificates.Require(config)
	}
}

// serving returns a check that the webhook's port is open. Where client certificates are asked for,
// the check has none: it is made until it succeeds once, so that it isn't in the log every two
// seconds.
func (g *gate) serving(check healthz.Checker) healthz.Checker {
	if g.certificates == nil {
		return check
	}
	var served atomic.Bool
	return func(r *http.Request) error {
		if served.Load() {
			return nil
		}
		err := check(r)
		served.Store(err == nil)
		return err
	}
}

// registered adds the secret path to what is registered.
func (g *gate) registered(options func(context.Context) (registration.Options, error)) func(context.Context) (registration.Options, error) {
	if g.paths == nil {
		return options
	}
	return func(ctx context.Context) (registration.Options, error) {
		out, err := options(ctx)
		if err == nil {
			out.SecretPath, err = g.paths.RegisteredPath(ctx)
		}
		return out, err
	}
}
