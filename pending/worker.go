package pending

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/flowcontrol"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/survive"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/lookups"
)

const (
	// every is how often pods are looked at.
	every = 2 * time.Second
	// unscheduled is the field selector of pods without a node. The API server applies it, so that
	// no other pods are sent.
	unscheduled = "status.phase=Pending,spec.nodeName="
)

// Profiles provides the current Fargate profiles.
type Profiles interface {
	Ready() error
	Index() *profiles.Index
}

// Lookups provides other objects of the cluster.
type Lookups interface {
	cluster.Reader
	Ready() error
}

// Options are the settings of a Worker.
type Options struct {
	// Client must not be shared: its rate limit is meant to slow down the Worker only.
	Client   kube.Interface
	Profiles Profiles
	Lookups  Lookups
	Policy   *policy.Policy
	// Namespace is the webhook's own, where nothing is evicted.
	Namespace string
	// Evictions limits the rate of evictions. Default: 1 a second, bursts of 5.
	Evictions flowcontrol.RateLimiter
	// Registerer registers the metrics.
	Registerer prometheus.Registerer
	Logger     *zap.Logger
}

// Worker reports and evicts pods while it runs. Run one at a time.
type Worker struct {
	options Options
	metrics *metrics
	// events limits the rate of events, below the limit of the client.
	events flowcontrol.RateLimiter
}

// New returns a Worker. It returns an error if its metrics are registered already.
func New(options Options) (*Worker, error) {
	m, err := newMetrics(options.Registerer)
	if err != nil {
		return nil, err
	}
	if options.Evictions == nil {
		options.Evictions = flowcontrol.NewTokenBucketRateLimiter(1, 5)
	}
	return &Worker{options: options, metrics: m, events: flowcontrol.NewTokenBucketRateLimiter(3, 15)}, nil
}

// Run reports and evicts pods until ctx ends. It caches the fields of Pending pods that it needs.
// If the policy ignores Pending pods, it returns at once and sends no requests.
func (w *Worker) Run(ctx context.Context) {
	if !w.options.Policy.WatchesPendingPods() {
		return
	}
	t := newTurn(w)
	pods, err := w.follow(t)
	if err != nil {
		w.options.Logger.Error("pod watch setup failed", zap.Error(err))
		return
	}
	var following sync.WaitGroup
	defer following.Wait()
	following.Go(func() { pods.RunWithContext(ctx) })
	defer w.metrics.count(nil) // the next leader counts them
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if pods.HasSynced() && w.options.Profiles.Ready() == nil && w.options.Lookups.Ready() == nil {
			t.look(ctx, pods.GetStore().List())
		}
	}
}

// follow returns the informer of Pending pods.
func (w *Worker) follow(t *turn) (cache.SharedIndexInformer, error) {
	pods := cache.NewSharedIndexInformer(w.options.Client.ListerWatcher(corev1.SchemeGroupVersion.WithResource("pods"), metav1.NamespaceAll, unscheduled),
		&corev1.Pod{}, 0, cache.Indexers{})
	err := pods.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) {
		if ctx.Err() == nil && !lookups.EndsWatch(err) {
			t.failures.note("watch of pending pods failed, retrying", err)
		}
	})
	return pods, errors.Join(err, pods.SetTransform(w.trimSafely()))
}

// trimSafely keeps name and version of a pod that nobody has thought of. Such a pod isn't Pending,
// and so not judged.
func (w *Worker) trimSafely() cache.TransformFunc {
	return survive.Transform(trim, func() metav1.Object { return &corev1.Pod{} }, func(skipped metav1.Object, err error) {
		w.options.Logger.Error("reading a pending pod panicked, skipping it",
			zap.String("namespace", skipped.GetNamespace()), zap.String("pod", skipped.GetName()), zap.Error(err), survive.Stack(err))
	})
}

// trim removes the fields of a pod that are not needed: a cluster may have thousands of Pending
// pods.
func trim(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	trimmed := pod.DeepCopy()
	trimmed.ManagedFields = nil
	delete(trimmed.Annotations, corev1.LastAppliedConfigAnnotation)
	for _, containers := range [][]corev1.Container{trimmed.Spec.InitContainers, trimmed.Spec.Containers} {
		for i := range containers {
			c := &containers[i]
			c.Command, c.Args, c.Env, c.EnvFrom = nil, nil, nil, nil
			c.LivenessProbe, c.ReadinessProbe, c.StartupProbe, c.Lifecycle = nil, nil, nil, nil
		}
	}
	trimmed.Status = corev1.PodStatus{
		Phase: pod.Status.Phase, Conditions: trimmed.Status.Conditions, NominatedNodeName: pod.Status.NominatedNodeName,
	}
	for i := range trimmed.Status.Conditions {
		trimmed.Status.Conditions[i].Message = "" // written by the scheduler, some hundred bytes
	}
	return trimmed, nil
}
