package registration

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/internal/events"
	"fargate-webhook/internal/metric"
)

const (
	// patience is how long probes may fail before the webhook counts as unreached. A rolling update
	// or a new configuration, which the API server sees a little later, takes less.
	patience = 30 * time.Second
	// probeAgain is the time between two probes while they arrive. While they don't it is
	// retryProbe, and retryUnreached after patience has ended.
	probeAgain     = time.Minute
	retryProbe     = time.Second
	retryUnreached = 10 * time.Second

	// The reasons of the events.
	reasonUnreached = "WebhookUnreached"
	reasonReached   = "WebhookReached"
)

// verdict is what the probes have shown.
type verdict int

const (
	// unknown means that nothing is known yet.
	unknown verdict = iota
	// reached means that the API server has called the webhook.
	reached
	// unreached means that probes have failed for as long as patience allows.
	unreached
)

// Reach is what is known about whether the API server can call the webhook. Each leader starts with
// nothing.
type Reach struct {
	// Deployment is what the events are about, nil for no events.
	Deployment *events.Deployment
	Logger     *zap.Logger

	mutex   sync.Mutex
	verdict verdict
	// failing is when the first of the probes failed that have failed since the last one that
	// arrived; the zero time while they arrive.
	failing time.Time
	reason  string
	// applied is what the last comparison of the configurations has shown.
	applied verdict

	// event is the name of the last event about an unreached webhook, "" once it is reached again.
	// Only the Registrar uses it.
	event string
}

// note records the result of a probe and returns the verdict. A result that says nothing about the
// webhook is returned as an error beside the verdict, and changes nothing. Only the Registrar calls
// it.
func (r *Reach) note(ctx context.Context, result error) (verdict, error) {
	problem := (*unprovenError)(nil)
	if result != nil && !errors.As(result, &problem) {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		return r.verdict, result
	}
	before, now, since := r.record(problem)
	if now != before && now == reached {
		r.Logger.Info("probe through the API server arrived")
	}
	if now != before && now == unreached {
		r.Logger.Warn("probes through the API server don't arrive, registering with failurePolicy Ignore", zap.String("reason", problem.reason))
	}
	r.report(ctx, now, since, problem)
	return now, nil
}

// record returns the verdicts before and after a probe, and since when probes fail. problem is nil
// if it arrived.
func (r *Reach) record(problem *unprovenError) (before, now verdict, since time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	before = r.verdict
	if problem == nil {
		r.verdict, r.failing, r.reason = reached, time.Time{}, ""
		return before, r.verdict, r.failing
	}
	if r.failing.IsZero() {
		r.failing = time.Now()
	}
	r.reason = problem.reason
	if time.Since(r.failing) >= patience {
		r.verdict = unreached
	}
	return before, r.verdict, r.failing
}

// report creates the event of a changed verdict. One that can't be created is tried again after the
// next probe.
func (r *Reach) report(ctx context.Context, now verdict, since time.Time, problem *unprovenError) {
	e := events.Event{Action: "Register"}
	switch {
	case r.Deployment == nil:
		return
	case now == unreached && r.event == "":
		e.Name = fmt.Sprintf("registration.%x", since.Unix())
		e.Type, e.Reason, e.Note = corev1.EventTypeWarning, reasonUnreached, "The webhook is registered with failurePolicy Ignore: "+problem.reason
	case now == reached && r.event != "":
		e.Name = r.event + ".reached"
		e.Type, e.Reason, e.Note = corev1.EventTypeNormal, reasonReached, "The API server calls the webhook again: the failure policies are those of the policy"
	default:
		return
	}
	if _, err := r.Deployment.Create(ctx, e); err != nil {
		r.Logger.Warn("event about the registration failed, retrying", zap.Error(err))
		return
	}
	if r.event = e.Name; now == reached {
		r.event = ""
	}
}

// pause returns how long to wait for the next probe.
func (r *Reach) pause() time.Duration {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case r.failing.IsZero():
		return probeAgain
	case r.verdict == unreached:
		return retryUnreached
	case time.Since(r.failing) < retryProbe:
		return retryProbe / 10 // the API server hasn't seen the new configuration yet
	}
	return retryProbe
}

// compared records whether both configurations are as they should be, or could not be made so.
func (r *Reach) compared(applied bool) {
	if r == nil {
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.applied = unreached
	if applied {
		r.applied = reached
	}
}

// forget is called when the leader stops: the next one probes again.
func (r *Reach) forget() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.verdict, r.failing, r.reason, r.applied = unknown, time.Time{}, "", unknown
	r.event = ""
}

// Summary returns what is known in one line, "" if that is nothing: on replicas that don't lead.
func (r *Reach) Summary() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case r.verdict == unreached:
		return "registration: failurePolicy Ignore: " + r.reason
	case !r.failing.IsZero():
		return fmt.Sprintf("registration: probe failing for %s: %s", time.Since(r.failing).Round(time.Second), r.reason)
	case r.verdict == reached:
		return "registration: the API server reaches the webhook"
	}
	return ""
}

// Verbose returns a handler of /readyz that appends the Summary if the request has ?verbose. A
// webhook that can't be reached stays ready: the API server could never reach one without ready
// endpoints.
func (r *Reach) Verbose(readyz http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		readyz.ServeHTTP(w, request)
		if _, verbose := request.URL.Query()["verbose"]; verbose {
			if summary := r.Summary(); summary != "" {
				fmt.Fprintln(w, summary) //nolint:errcheck // a client that went away gets nothing
			}
		}
	})
}

// Describe implements prometheus.Collector.
func (*Reach) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- reachedDesc
	descriptions <- appliedDesc
}

// Collect implements prometheus.Collector. The metrics are there on the leader only, once it knows.
func (r *Reach) Collect(metrics chan<- prometheus.Metric) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for desc, known := range map[*prometheus.Desc]verdict{reachedDesc: r.verdict, appliedDesc: r.applied} {
		switch known {
		case unknown:
		case reached:
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 1)
		case unreached:
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 0)
		}
	}
}

var reachedMetric = metric.Definition{
	Name: "fargate_webhook_registration_reached", Type: metric.Gauge, Leader: true,
	Help:    "1 if probes through the API server arrive at the webhook, 0 if they don't, so that it is registered with failurePolicy Ignore.",
	Query:   "min(fargate_webhook_registration_reached) == 0",
	Answers: "Can the API server not call the webhook?",
}

var appliedMetric = metric.Definition{
	Name: "fargate_webhook_registration_applied", Type: metric.Gauge, Leader: true,
	Help:    "1 if both webhook configurations were as they should be when they were compared last, 0 if they could not be made so.",
	Query:   "max(fargate_webhook_registration_applied) == 0",
	Answers: "Does the registration fail?",
}

var reachedDesc, appliedDesc = reachedMetric.Desc(), appliedMetric.Desc()
