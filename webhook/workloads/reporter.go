// Package workloads writes events on workloads about what their pods are warned of: the API server
// shows warnings to whoever creates an object, and of pods that is a controller, which reads none.
package workloads

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/flowcontrol"

	"fargate-webhook/internal/events"
	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/metric"
	"fargate-webhook/internal/text"
)

const (
	// Reason is that of the events.
	Reason = "WarnedAboutFargate"

	// silence is how long the same warning of a workload isn't written again: as long as the API
	// server keeps an event by default.
	silence = time.Hour
	// maxKnown bounds the warnings that are remembered, and maxWaiting those that wait.
	maxKnown, maxWaiting = 4096, 256
	// perSecond and burst bound the events that a replica creates.
	perSecond, burst = 1, 25
	// callTimeout is for one event.
	callTimeout = 10 * time.Second
	// longestMessage limits the message of an event, in bytes: the API server takes no more.
	longestMessage = 1024
)

// Outcomes of a warning, the values of the metric's label.
const (
	written  = "written"
	failed   = "failed"
	leftOut  = "left-out"
	repeated = "repeated"
)

// Warning is what the pods of a workload are warned of.
type Warning struct {
	// Workload is the controller of the pods, or the Deployment of that. Its namespace is theirs.
	Workload corev1.ObjectReference
	// Rules are the ids of those that warn, in a constant order: with the workload they say whether a
	// warning is the same as another.
	Rules []string
	// Texts are the warnings as users see them.
	Texts []string
}

// Reporter writes events. A nil Reporter writes none.
type Reporter struct {
	client  kube.Interface
	logger  *zap.Logger
	limiter flowcontrol.RateLimiter
	waiting chan *corev1.Event
	count   *prometheus.CounterVec

	mutex sync.Mutex
	// until says when a warning may be written again, by the name of its event.
	until map[string]time.Time
}

var eventsMetric = metric.Definition{
	Name: "fargate_webhook_workload_events_total", Type: metric.Counter,
	Help:   "Warnings of pods that were to become events on their workloads, by outcome.",
	Labels: []metric.Label{{Name: "outcome", Values: []string{written, failed, leftOut, repeated}}},
}

// Definitions describe the metrics of events on workloads.
func Definitions() []metric.Definition { return []metric.Definition{eventsMetric} }

// NewReporter returns a reporter. It writes while Start runs.
func NewReporter(client kube.Interface, registerer prometheus.Registerer, logger *zap.Logger) (*Reporter, error) {
	r := &Reporter{
		client: client, logger: logger, limiter: flowcontrol.NewTokenBucketRateLimiter(perSecond, burst),
		waiting: make(chan *corev1.Event, maxWaiting), until: map[string]time.Time{},
		count: eventsMetric.NewStartedCounters(),
	}
	if err := registerer.Register(r.count); err != nil {
		return nil, fmt.Errorf("register the metric of events on workloads: %w", err)
	}
	return r, nil
}

// Warned takes a warning. It never waits: what is too much is left out.
func (r *Reporter) Warned(w *Warning) {
	if r == nil || len(w.Texts) == 0 {
		return
	}
	if outcome := r.take(eventOf(w), time.Now()); outcome != "" {
		r.count.WithLabelValues(outcome).Inc()
	}
}

// take queues an event unless it is known, or too much. The outcome of what is queued is "".
func (r *Reporter) take(event *corev1.Event, now time.Time) (outcome string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	key := event.Namespace + "/" + event.Name
	if now.Before(r.until[key]) {
		return repeated
	}
	if len(r.until) >= maxKnown {
		for known, until := range r.until {
			if !now.Before(until) {
				delete(r.until, known)
			}
		}
	}
	if len(r.until) >= maxKnown || !r.limiter.TryAccept() {
		return leftOut
	}
	select {
	case r.waiting <- event:
		r.until[key] = now.Add(silence)
		return ""
	default:
		return leftOut
	}
}

// Start writes events until ctx ends. What waits then is left out.
func (r *Reporter) Start(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-r.waiting:
			r.write(ctx, event)
		}
	}
}

func (r *Reporter) write(ctx context.Context, event *corev1.Event) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := r.client.PodEvents(event.Namespace).Create(ctx, event, metav1.CreateOptions{})
	switch {
	case apierrors.IsAlreadyExists(err): // another replica, or this one before a restart
		r.count.WithLabelValues(repeated).Inc()
	case err != nil:
		r.forget(event)
		r.count.WithLabelValues(failed).Inc()
		r.logger.Warn("event about a workload failed", zap.String("namespace", event.Namespace), zap.String("workload", event.InvolvedObject.Name), zap.Error(err))
	default:
		r.count.WithLabelValues(written).Inc()
	}
}

// forget lets an event that wasn't written be tried again.
func (r *Reporter) forget(event *corev1.Event) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.until, event.Namespace+"/"+event.Name)
}

// eventOf returns the event of a warning, the same for the same rules of the same workload.
func eventOf(w *Warning) *corev1.Event {
	return events.About(&w.Workload, corev1.EventTypeWarning, Reason, text.Truncate(strings.Join(w.Texts, "; "), longestMessage), fmt.Sprint(w.Rules))
}
