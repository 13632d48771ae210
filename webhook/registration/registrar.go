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
	typedv1 "k8s.io/client-go/kubernetes/typed/admissionregistration/v1"

	"fargate-webhook/profiles"
)

const (
	fieldManager = "fargate-webhook"
	// resync is how often the configurations are looked at though nothing tells
	// of a change.
	resync = 5 * time.Minute
	// settle is the time from a change by somebody else to its repair. What is
	// done in one go, as uninstalling is, is done by then, and what takes our
	// rights has taken them.
	settle = time.Second
	// firstRetry and lastRetry bound the pause after a failure.
	firstRetry = time.Second
	lastRetry  = 10 * time.Second
)

// Certificates vouch for the webhook.
type Certificates interface {
	Ready() error
	CABundle(ctx context.Context) ([]byte, error)
	Changes() <-chan struct{}
}

// Profiles are the Fargate profiles as they are known at the moment.
type Profiles interface {
	Ready() error
	Index() *profiles.Index
	Changes() <-chan struct{}
}

// Lookups tell of other objects of the cluster.
type Lookups interface {
	Ready() error
	// TargetGroupVersion is that of Options.
	TargetGroupVersion() string
	// Changes holds a notice when TargetGroupVersion is another.
	Changes() <-chan struct{}
}

// Registrar keeps both configurations applied while it runs. One at a time
// should: two with different profiles would undo each other's work.
type Registrar struct {
	Client       typedv1.AdmissionregistrationV1Interface
	Certificates Certificates
	Profiles     Profiles
	Lookups      Lookups
	// Options are asked for at each turn: the owner may come later.
	Options func(ctx context.Context) (Options, error)
	// Reachable returns an error while the API server couldn't reach any
	// replica; nil when nothing has to be checked.
	Reachable func(ctx context.Context) error
	// Repairs counts, by configuration, how often what somebody else had changed
	// was applied again. NewRepairCounter makes it.
	RepairCounter *prometheus.CounterVec
	Logger        *zap.Logger

	// told is what was told last of what is applied, nil after a failure: for
	// the log to tell only changes.
	logged []byte
}

// Run applies the configurations when there is something to register, again
// whenever profiles or CA change, and again when somebody else has changed them,
// until ctx ends. It leaves them in place then: a restart must not open a hole.
func (r *Registrar) Run(ctx context.Context) {
	// Validating comes first: what it refuses is refused for good, while a
	// pod that the mutating one has changed would be let through meanwhile.
	both := []*managed{
		newManaged("ValidatingWebhookConfiguration", ValidatingName, r.Client.ValidatingWebhookConfigurations(), Validating),
		newManaged("MutatingWebhookConfiguration", MutatingName, r.Client.MutatingWebhookConfigurations(), Mutating),
	}
	touched := make(chan struct{}, 1)
	var watches sync.WaitGroup
	defer watches.Wait()
	for _, k := range both {
		watches.Go(func() { k.follow(ctx, touched, r.Logger) })
	}
	pause := firstRetry
	failing := ""
	for ctx.Err() == nil {
		wait, err := r.turn(ctx, both)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			// Each reason is told once: the first is most often that the
			// program is just starting, and the next what keeps it from it.
			if failing != err.Error() {
				r.Logger.Warn("registration failed, retrying", zap.Error(err))
			}
			failing = err.Error()
			r.logged = nil // so that the end of it is told
			wait = pause
			pause = min(2*pause, lastRetry)
		default:
			failing, pause = "", firstRetry
		}
		notices := touched
		if err != nil {
			notices = nil // they would make the pause shorter; one stays for later
		}
		r.await(ctx, notices, wait)
	}
}

// await returns when there may be something to do, after wait at the latest.
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

// ready says why nothing can be registered yet.
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

// turn makes both configurations what they should be now, or says why it can't
// yet. It returns when to look at them again.
func (r *Registrar) turn(ctx context.Context, both []*managed) (time.Duration, error) {
	if err := r.ready(ctx); err != nil {
		return 0, err
	}
	bundle, err := r.Certificates.CABundle(ctx)
	if err != nil {
		return 0, fmt.Errorf("no CA bundle: %w", err)
	}
	options, err := r.Options(ctx)
	if err != nil {
		return 0, err
	}
	options.TargetGroupVersion = r.Lookups.TargetGroupVersion()
	index := r.Profiles.Index()
	wait, wanted := resync, make([]any, 0, len(both))
	for _, k := range both {
		configuration := k.build(options, index, bundle)
		later, err := r.repair(ctx, k, configuration)
		if err != nil {
			return 0, err
		}
		if later > 0 {
			wait = min(wait, later)
		}
		wanted = append(wanted, configuration)
	}
	return wait, r.logChange(index, wanted)
}

// tell logs what was applied if it is not what was applied before.
func (r *Registrar) logChange(index *profiles.Index, wanted []any) error {
	now, err := json.Marshal(wanted)
	if err != nil {
		return fmt.Errorf("encode the configurations: %w", err)
	}
	if !bytes.Equal(now, r.logged) {
		r.logged = now
		r.Logger.Info("registered", zap.String("mutating", MutatingName), zap.String("validating", ValidatingName), zap.String("scope", Scope(index)))
	}
	return nil
}
