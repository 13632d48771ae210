package registration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/survive"
	"fargate-webhook/kinds"
	"fargate-webhook/profiles"
)

const (
	fieldManager = "fargate-webhook"
	// resync is how often the configurations are compared without a notice of a change.
	resync = 5 * time.Minute
	// settle is the time from a change by somebody else to its repair. It lets an uninstall, which
	// deletes several objects, finish and take the webhook's rights away.
	settle = time.Second
	// firstRetry and lastRetry are the shortest and the longest wait after a failure.
	firstRetry = time.Second
	lastRetry  = 10 * time.Second
)

// Certificates provides the CA bundle of the webhook.
type Certificates interface {
	Ready() error
	CABundle(ctx context.Context) ([]byte, error)
	Changes() <-chan struct{}
}

// Profiles provides the current Fargate profiles.
type Profiles interface {
	Ready() error
	Index() *profiles.Index
	Changes() <-chan struct{}
}

// Lookups provides what the API server serves.
type Lookups interface {
	Ready() error
	// Served is the value for Options.Served.
	Served() map[*kinds.Kind]string
	// Changes holds a notice after Served has changed.
	Changes() <-chan struct{}
}

// Registrar keeps both configurations applied while it runs. Run one at a time: two with different
// profiles would revert each other.
type Registrar struct {
	Client       kube.Interface
	Certificates Certificates
	Profiles     Profiles
	Lookups      Lookups
	// Options is called before each apply, since the owner may be created later.
	Options func(ctx context.Context) (Options, error)
	// Reachable returns an error while the API server can't reach any replica. It may be nil: then
	// nothing is checked.
	Reachable func(ctx context.Context) error
	// Probe asks the API server to call the webhook; Prober makes it. Nothing is registered before
	// Reach knows whether probes arrive, and failurePolicy Fail only if they do. It may be nil:
	// then nothing is checked.
	Probe func(ctx context.Context) error
	Reach *Reach
	// Repairs counts, by configuration, how often what somebody else had changed was applied again.
	// NewRepairCounter makes it.
	RepairCounter *prometheus.CounterVec
	Logger        *zap.Logger

	// logged is the JSON of the configurations that were logged last, nil after a failure. Only
	// changes are logged.
	logged []byte
	// doubted is why the last probe says nothing, "" if it does. Only changes are logged.
	doubted string
}

// Run applies the configurations once the webhook can answer and is reached, and again when
// profiles, CA or the configurations themselves change, until ctx ends. It leaves them in place, so
// that pods are judged during a restart.
func (r *Registrar) Run(ctx context.Context) {
	// Validating first: with only the mutating one, a pod could be changed but not refused.
	both := []*managed{
		newManaged("ValidatingWebhookConfiguration", ValidatingName, r.Client.ValidatingWebhookConfigurations(), Validating),
		newManaged("MutatingWebhookConfiguration", MutatingName, r.Client.MutatingWebhookConfigurations(), Mutating),
	}
	all := both
	if r.Probe != nil {
		probe := newManaged("ValidatingWebhookConfiguration", ProbeName, r.Client.ValidatingWebhookConfigurations(), Probe)
		all = append([]*managed{probe}, both...)
		defer r.Reach.forget()
	}
	touched := make(chan struct{}, 1)
	var watches sync.WaitGroup
	defer watches.Wait()
	for _, k := range all {
		watches.Go(func() {
			// Without the watch changes are found at the next resync.
			if err := survive.Call(func() error { k.follow(ctx, touched, r.Logger); return nil }); err != nil {
				r.Logger.Error("watch of a webhook configuration panicked", zap.String("configuration", k.name), zap.Error(err), survive.Stack(err))
			}
		})
	}
	pause := firstRetry
	failing := ""
	for ctx.Err() == nil {
		var wait time.Duration
		err := survive.Call(func() (err error) {
			wait, err = r.turn(ctx, all)
			return err
		})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			// Each reason is logged once. The first is most often that the webhook is still
			// starting, the next what blocks it.
			if failing != err.Error() {
				r.Logger.Warn("registration failed, retrying", zap.Error(err), survive.Stack(err))
			}
			failing = err.Error()
			r.Reach.compared(false)
			r.logged = nil // log the next registration
			wait = pause
			pause = min(2*pause, lastRetry)
		default:
			failing, pause = "", firstRetry
		}
		notices := touched
		if err != nil {
			notices = nil // a notice must not shorten the wait; it stays for later
		}
		r.await(ctx, notices, wait)
	}
}

// await returns after a notice of a change, after wait at the latest, or when ctx ends.
func (r *Registrar) await(ctx context.Context, touched <-chan struct{}, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-touched:
			timer.Reset(min(wait, settle))
			touched = nil
			continue
		case <-ctx.Done():
		case <-r.Certificates.Changes():
		case <-r.Profiles.Changes():
		case <-r.Lookups.Changes():
		case <-timer.C:
		}
		return
	}
}

// ready returns an error that says why the webhook can't be registered yet.
func (r *Registrar) ready(ctx context.Context) error {
	if err := r.Certificates.Ready(); err != nil {
		return fmt.Errorf("no certificate: %w", err)
	}
	if err := r.Profiles.Ready(); err != nil {
		return fmt.Errorf("no Fargate profiles: %w", err)
	}
	if err := r.Lookups.Ready(); err != nil {
		return fmt.Errorf("caches not synced: %w", err)
	}
	if r.Reachable != nil {
		return r.Reachable(ctx)
	}
	return nil
}

// turn applies the configurations that differ from what they should be now. It returns the time
// until they are to be compared again.
func (r *Registrar) turn(ctx context.Context, all []*managed) (time.Duration, error) {
	if err := r.ready(ctx); err != nil {
		return r.unready(ctx, all, err)
	}
	bundle, err := r.Certificates.CABundle(ctx)
	if err != nil {
		return r.unready(ctx, all, fmt.Errorf("no CA bundle: %w", err))
	}
	options, err := r.Options(ctx)
	if err != nil {
		return r.unready(ctx, all, err)
	}
	options.Served = r.Lookups.Served()
	index := r.Profiles.Index()
	wait, wanted := resync, make([]any, 0, len(all))
	for _, k := range all {
		configuration := k.build(options, index, bundle)
		later, err := r.repair(ctx, k, configuration)
		if err != nil {
			return 0, err
		}
		if later > 0 {
			wait = min(wait, later)
		}
		wanted = append(wanted, configuration)
		if k.name == ProbeName {
			known, err := r.Reach.note(ctx, r.Probe(ctx))
			wait = min(wait, r.Reach.pause())
			if known == unknown {
				return wait, err
			}
			if err != nil { // what was known before counts until a probe says something again
				wait = min(wait, lastRetry)
			}
			r.doubt(err)
			options.Unreached = known == unreached
		}
	}
	r.Reach.compared(true)
	return wait, r.logChange(options.scope(index).expression, wanted)
}

// doubt logs once for each reason that a probe says nothing: most often another webhook refuses it.
func (r *Registrar) doubt(err error) {
	reason := ""
	if err != nil {
		reason = err.Error()
	}
	if reason != "" && reason != r.doubted {
		r.Logger.Warn("a probe through the API server says nothing, retrying", zap.Error(err))
	}
	r.doubted = reason
}

// logChange logs the scope if the configurations differ from those that were logged last.
func (r *Registrar) logChange(scope string, wanted []any) error {
	now, err := json.Marshal(wanted)
	if err != nil {
		return fmt.Errorf("encode the configurations: %w", err)
	}
	if !bytes.Equal(now, r.logged) {
		r.logged = now
		r.Logger.Info("registered", zap.String("mutating", MutatingName), zap.String("validating", ValidatingName), zap.String("scope", scope))
	}
	return nil
}
