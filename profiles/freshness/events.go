package freshness

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"fargate-webhook/internal/text"
	"fargate-webhook/profiles"
)

const (
	// look is how often the age of the list is checked.
	look = 15 * time.Second
	// requestTimeout is the timeout of the requests for one event.
	requestTimeout = 10 * time.Second
	// maxNote limits the note of an event, in bytes.
	maxNote = 1024

	reporter = "fargate-webhook"
	// The reasons of the events.
	reasonStale = "ProfilesStale"
	reasonFresh = "ProfilesFresh"
)

// Reporter creates an event on the webhook's Deployment and logs a line when the list of Fargate
// profiles becomes older than a limit, and when it is fresh again.
type Reporter struct {
	Watcher Watcher
	Client  kubernetes.Interface
	// Namespace and Deployment identify the Deployment of the events.
	Namespace, Deployment string
	// Limit is the age from which a list is stale.
	Limit  time.Duration
	Logger *zap.Logger
}

// Run checks the age and reports until ctx ends. Run it on the leader only. The next leader does
// not repeat an event: the event's name depends on the time of the list.
func (r *Reporter) Run(ctx context.Context) {
	began, stale, failing := time.Now(), "", false
	ticker := time.NewTicker(min(look, r.Limit))
	defer ticker.Stop()
	for {
		state := r.Watcher.State()
		since := state.Listed
		if since.IsZero() {
			since = began
		}
		var err error
		switch isStale := time.Since(since) > r.Limit; {
		case isStale && stale == "":
			if err = r.reportStale(ctx, &state, since); err == nil {
				stale = name(since)
			}
		case !isStale && stale != "":
			if err = r.reportFresh(ctx, &state, stale); err == nil {
				stale = ""
			}
		}
		if err != nil && !failing && ctx.Err() == nil {
			r.Logger.Warn("event about the age of the profiles failed, retrying", zap.Error(err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
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
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	regarding := corev1.ObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Namespace: r.Namespace, Name: r.Deployment}
	// kubectl describe shows the events of the object's UID only.
	deployment, err := r.Client.AppsV1().Deployments(r.Namespace).Get(limited, r.Deployment, metav1.GetOptions{})
	switch {
	case err == nil:
		regarding.UID = deployment.UID
	case !apierrors.IsNotFound(err): // outside a cluster there may be no Deployment: the event then only has its name
		return false, fmt.Errorf("find the Deployment %s/%s: %w", r.Namespace, r.Deployment, err)
	}
	event := &eventsv1.Event{
		ObjectMeta:          metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Deployment + "." + name},
		EventTime:           metav1.NowMicro(),
		ReportingController: reporter,
		ReportingInstance:   reporter,
		Action:              "Refresh",
		Reason:              reason,
		Type:                kind,
		Regarding:           regarding,
		Note:                text.Truncate(note, maxNote),
	}
	_, err = r.Client.EventsV1().Events(r.Namespace).Create(limited, event, metav1.CreateOptions{})
	switch {
	case apierrors.IsAlreadyExists(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("create the event %s: %w", event.Name, err)
	default:
		return true, nil
	}
}
