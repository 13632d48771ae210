package freshness

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/internal/events"
	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/survive"
	"fargate-webhook/profiles"
)

const (
	// look is how often the age of the list is checked.
	look = 15 * time.Second
	// The reasons of the events.
	reasonStale = "ProfilesStale"
	reasonFresh = "ProfilesFresh"
)

// Reporter creates an event on the webhook's Deployment and logs a line when the list of Fargate
// profiles becomes older than a limit, and when it is fresh again.
type Reporter struct {
	Watcher Watcher
	Client  kube.Interface
	// Namespace and Deployment identify the Deployment of the events.
	Namespace, Deployment string
	// Limit is the age from which a list is stale.
	Limit  time.Duration
	Logger *zap.Logger
}

// Run checks the age and reports until ctx ends. Run it on the leader only. The next leader does
// not repeat an event: the event's name depends on the time of the list.
func (r *Reporter) Run(ctx context.Context) {
	began, stale := time.Now(), ""
	survive.Every(ctx, min(look, r.Limit), func() (err error) {
		stale, err = r.look(ctx, began, stale)
		return err
	}, func(err error) {
		r.Logger.Warn("event about the age of the profiles failed, retrying", zap.Error(err), survive.Stack(err))
	})
}

// look checks the age once. It takes and returns the name of the list that was reported as stale,
// "" for none.
func (r *Reporter) look(ctx context.Context, began time.Time, stale string) (string, error) {
	state := r.Watcher.State()
	since := state.Listed
	if since.IsZero() {
		since = began
	}
	// Until the first attempt has ended nothing has failed, however long it takes.
	waiting := state.Listed.IsZero() && state.Err == nil
	switch isStale := time.Since(since) > r.Limit && !waiting; {
	case isStale && stale == "":
		if err := r.reportStale(ctx, &state, since); err != nil {
			return stale, err
		}
		return name(since), nil
	case !isStale && stale != "":
		if err := r.reportFresh(ctx, &state, stale); err != nil {
			return stale, err
		}
		return "", nil
	}
	return stale, nil
}

func (r *Reporter) reportStale(ctx context.Context, state *profiles.State, since time.Time) error {
	note := fmt.Sprintf("Reading the Fargate profiles has failed since %s. The webhook uses the list of that time. Last error: %v",
		since.UTC().Format(time.RFC3339), state.Err)
	if state.Listed.IsZero() {
		note = fmt.Sprintf("Reading the Fargate profiles has failed since the start, and there is no earlier list. The webhook matches no pod to a profile. Last error: %v", state.Err)
	}
	created, err := r.event(ctx, name(since)+".stale", corev1.EventTypeWarning, reasonStale, note)
	if created {
		r.Logger.Warn("profiles stale", zap.Duration("age", time.Since(since)), zap.Duration("limit", r.Limit))
	}
	return err
}

func (r *Reporter) reportFresh(ctx context.Context, state *profiles.State, stale string) error {
	note := fmt.Sprintf("Reading the Fargate profiles works again: %d profiles, %d of them ACTIVE", len(state.Profiles), len(state.Index.Profiles()))
	created, err := r.event(ctx, stale+".fresh", corev1.EventTypeNormal, reasonFresh, note)
	if created {
		r.Logger.Info("profiles fresh again")
	}
	return err
}

// name returns the part of an event's name that depends on the time of the list.
func name(since time.Time) string { return fmt.Sprintf("profiles.%x", since.Unix()) }

// event creates an event on the Deployment. created is false if it exists already.
func (r *Reporter) event(ctx context.Context, name, kind, reason, note string) (created bool, err error) {
	deployment := events.Deployment{Client: r.Client, Namespace: r.Namespace, Name: r.Deployment}
	return deployment.Create(ctx, events.Event{Name: name, Type: kind, Reason: reason, Action: "Refresh", Note: note})
}
