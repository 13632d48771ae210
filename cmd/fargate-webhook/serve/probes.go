package serve

import (
	"context"
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/healthz"

	"fargate-webhook/profiles/freshness"
	"fargate-webhook/webhook/registration"
	"fargate-webhook/webhook/server"
)

// probesHandler serves /healthz and /readyz.
func probesHandler(ctx context.Context, answering *server.Server, deps *dependencies, reach *registration.Reach) http.Handler {
	mux := http.NewServeMux()
	for path, handler := range map[string]http.Handler{
		"/healthz": &healthz.Handler{Checks: map[string]healthz.Checker{"alive": healthz.Ping}},
		"/readyz":  reach.Verbose(freshness.Verbose(deps.profiles, &healthz.Handler{Checks: readiness(ctx, answering, deps)})),
	} {
		mux.Handle(path, http.StripPrefix(path, handler))
		mux.Handle(path+"/", http.StripPrefix(path, handler)) // a single check, as /readyz/profiles
	}
	return mux
}

// readiness returns the checks of /readyz. A replica is ready when it listens, has a certificate
// and profiles, its caches are synced, and it is not stopping (ctx has not ended).
func readiness(ctx context.Context, answering *server.Server, deps *dependencies) map[string]healthz.Checker {
	checks := map[string]healthz.Checker{
		"serving":      deps.gate.serving(answering.StartedChecker()),
		"certificate":  func(*http.Request) error { return deps.certificates.Ready() },
		"profiles":     func(*http.Request) error { return deps.profiles.Ready() },
		"not-stopping": func(*http.Request) error { return ctx.Err() },
	}
	// One check for each kind, since /readyz prints the names of failed checks but not the reasons.
	for resource, ready := range deps.lookups.Checks() {
		checks["lookups-"+resource] = func(*http.Request) error { return ready() }
	}
	return checks
}
