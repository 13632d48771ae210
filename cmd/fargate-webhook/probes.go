package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"fargate-webhook/profiles/freshness"
)

// addProbes serves /healthz and /readyz. The manager would serve them too, but
// without a word on how old the profiles are.
func addProbes(ctx context.Context, mgr manager.Manager, flags *serveFlags, known *knowledge) error {
	if flags.probeAddr == "0" || flags.probeAddr == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", flags.probeAddr)
	if err != nil {
		return fmt.Errorf("serve the probes: %w", err)
	}
	mux := http.NewServeMux()
	for path, handler := range map[string]http.Handler{
		"/healthz": &healthz.Handler{Checks: map[string]healthz.Checker{"alive": healthz.Ping}},
		"/readyz":  freshness.Verbose(known.profiles, &healthz.Handler{Checks: readiness(ctx, mgr, known)}),
	} {
		mux.Handle(path, http.StripPrefix(path, handler))
		mux.Handle(path+"/", http.StripPrefix(path, handler)) // one check each
	}
	drain := drainTimeout
	return mgr.Add(&manager.Server{
		Name:            "probes",
		Listener:        listener,
		Server:          &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute},
		ShutdownTimeout: &drain,
	})
}

// readiness are the checks of /readyz. Ready is what can judge: it has a
// certificate and profiles, knows what decisions look up, listens, and has not
// been told to stop.
func readiness(ctx context.Context, mgr manager.Manager, known *knowledge) map[string]healthz.Checker {
	checks := map[string]healthz.Checker{
		"serving":      mgr.GetWebhookServer().StartedChecker(),
		"certificate":  func(*http.Request) error { return known.certificates.Ready() },
		"profiles":     func(*http.Request) error { return known.profiles.Ready() },
		"not-stopping": func(*http.Request) error { return ctx.Err() },
	}
	// One for each kind: /readyz tells the names of what failed, not the reasons.
	for resource, ready := range known.lookups.Checks() {
		checks["lookups-"+resource] = func(*http.Request) error { return ready() }
	}
	return checks
}
