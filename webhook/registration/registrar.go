package registration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedv1 "k8s.io/client-go/kubernetes/typed/admissionregistration/v1"

	"fargate-webhook/profiles"
)

const (
	fieldManager = "fargate-webhook"
	// resync is how often the configurations are applied again though nothing
	// has changed here: somebody may have changed them there.
	resync = 5 * time.Minute
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
	Logger    *zap.Logger

	// one keeps a run that a lost lease ended apart from the next.
	one sync.Mutex
	// applied is what was applied last, nil after a failure: for the log to
	// tell only changes.
	applied []byte
}

// Run applies the configurations when there is something to register, and
// again whenever profiles or CA change, until ctx ends. It leaves them in place
// then: a restart must not open a hole.
func (r *Registrar) Run(ctx context.Context) {
	r.one.Lock()
	defer r.one.Unlock()
	pause := firstRetry
	failing := ""
	for ctx.Err() == nil {
		wait := resync
		err := r.apply(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			// Each reason is told once: the first is most often that the
			// program is just starting, and the next what keeps it from it.
			if failing != err.Error() {
				r.Logger.Warn("can't register: trying again", zap.Error(err))
			}
			failing = err.Error()
			r.applied = nil // so that the end of it is told
			wait = pause
			pause = min(2*pause, lastRetry)
		default:
			failing, pause = "", firstRetry
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.Certificates.Changes():
		case <-r.Profiles.Changes():
		case <-r.Lookups.Changes():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// apply registers once, or says why it can't yet.
func (r *Registrar) apply(ctx context.Context) error {
	if err := r.Certificates.Ready(); err != nil {
		return fmt.Errorf("no certificate: %w", err)
	}
	if err := r.Profiles.Ready(); err != nil {
		return fmt.Errorf("no Fargate profiles: %w", err)
	}
	if err := r.Lookups.Ready(); err != nil {
		return fmt.Errorf("can't look up other objects: %w", err)
	}
	if r.Reachable != nil {
		if err := r.Reachable(ctx); err != nil {
			return err
		}
	}
	bundle, err := r.Certificates.CABundle(ctx)
	if err != nil {
		return fmt.Errorf("no CA bundle: %w", err)
	}
	options, err := r.Options(ctx)
	if err != nil {
		return err
	}
	options.TargetGroupVersion = r.Lookups.TargetGroupVersion()
	index := r.Profiles.Index()
	force := metav1.ApplyOptions{FieldManager: fieldManager, Force: true}
	// Validating comes first: what it refuses is refused for good, while a
	// pod that the mutating one has changed would be let through meanwhile.
	validating := Validating(options, index, bundle)
	if _, err := r.Client.ValidatingWebhookConfigurations().Apply(ctx, validating, force); err != nil {
		return fmt.Errorf("apply the ValidatingWebhookConfiguration %s: %w", ValidatingName, err)
	}
	mutating := Mutating(options, index, bundle)
	if _, err := r.Client.MutatingWebhookConfigurations().Apply(ctx, mutating, force); err != nil {
		return fmt.Errorf("apply the MutatingWebhookConfiguration %s: %w", MutatingName, err)
	}
	return r.tell(index, validating, mutating)
}

// tell logs what was applied if it is not what was applied before.
func (r *Registrar) tell(index *profiles.Index, configurations ...any) error {
	now, err := json.Marshal(configurations)
	if err != nil {
		return fmt.Errorf("encode the configurations: %w", err)
	}
	if !bytes.Equal(now, r.applied) {
		r.applied = now
		r.Logger.Info("registered", zap.String("mutating", MutatingName), zap.String("validating", ValidatingName), zap.String("scope", Scope(index)))
	}
	return nil
}
