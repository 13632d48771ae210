package expiry

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/internal/events"
	"fargate-webhook/internal/survive"
)

const (
	// look is how often the certificates are checked.
	look = 10 * time.Second
	// The reasons of the events.
	reasonExpiring = "CertificateExpiring"
	reasonExpired  = "CertificateExpired"
	reasonRenewed  = "CertificateRenewed"
)

// Reporter creates an event on the webhook's Deployment and logs a line when a certificate was not
// renewed in time, when it has expired, and when it was renewed after all. It runs on every replica:
// each may have a certificate of its own. An event is named after its certificate, so that replicas
// that share one report it once.
type Reporter struct {
	Source     Source
	Deployment *events.Deployment
	Logger     *zap.Logger
}

// state is what was reported of a certificate in use, by its name.
type state struct {
	reason string // "" for nothing
	event  string // the name of the event
}

// Start checks and reports until ctx ends.
func (r *Reporter) Start(ctx context.Context) error {
	reported := map[string]state{}
	survive.Every(ctx, look, func() error { return r.look(ctx, reported) }, func(err error) {
		r.Logger.Warn("event about a certificate failed, retrying", zap.Error(err), survive.Stack(err))
	})
	return nil
}

// look checks the certificates once, and notes what it reports.
func (r *Reporter) look(ctx context.Context, reported map[string]state) error {
	now := time.Now()
	for _, each := range inUse(r.Source) {
		before, reason := reported[each.name], ""
		switch {
		case now.After(each.NotAfter):
			reason = reasonExpired
		case now.After(late(each.Certificate)):
			reason = reasonExpiring
		}
		event := fmt.Sprintf("certificate.%x", each.SerialNumber)
		if reason == before.reason && (reason == "" || event == before.event) {
			continue
		}
		if err := r.report(ctx, &each, reason, event, before.event); err != nil {
			return err
		}
		reported[each.name] = state{reason: reason, event: event}
	}
	return nil
}

// report creates the event of a reason, "" for a certificate that is all right again after the one
// of another event.
func (r *Reporter) report(ctx context.Context, of *named, reason, event, before string) error {
	expires := of.NotAfter.UTC().Format(time.RFC3339)
	e := events.Event{Action: "Renew", Type: corev1.EventTypeWarning, Reason: reason}
	switch reason {
	case reasonExpiring:
		e.Name = event + ".expiring"
		e.Note = fmt.Sprintf("The %s certificate expires at %s and was not renewed in time. Once it has expired the API server can't call the webhook.", of.name, expires)
	case reasonExpired:
		e.Name = event + ".expired"
		e.Note = fmt.Sprintf("The %s certificate expired at %s: the API server can't call the webhook.", of.name, expires)
	default:
		e.Name, e.Type, e.Reason = before+".renewed", corev1.EventTypeNormal, reasonRenewed
		e.Note = fmt.Sprintf("The %s certificate was renewed: the new one expires at %s.", of.name, expires)
	}
	created, err := r.Deployment.Create(ctx, e)
	switch {
	case !created:
	case e.Type == corev1.EventTypeWarning:
		r.Logger.Warn("certificate not renewed in time", zap.String("certificate", of.name), zap.Time("expires", of.NotAfter))
	default:
		r.Logger.Info("certificate renewed", zap.String("certificate", of.name), zap.Time("expires", of.NotAfter))
	}
	return err
}
