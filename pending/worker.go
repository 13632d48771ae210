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
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/flowcontrol"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/lookups"
)

const (
	// every is how often it is looked what there is to do.
	every = 2 * time.Second
	// unscheduled selects pods that wait for a node. It is the API server that
	// selects, so that no other pods come here.
	unscheduled = "status.phase=Pending,spec.nodeName="
)

// Profiles are the Fargate profiles as they are known at the moment.
type Profiles interface {
	Ready() error
	Index() *profiles.Index
}

// Lookups tell of other objects of the cluster.
type Lookups interface {
	fargate.Cluster
	Ready() error
}

// Options are what a Worker works with.
type Options struct {
	// Client should be nobody else's: its own rate limit holds the Worker back,
	// and nobody else.
	Client   kubernetes.Interface
	Profiles Profiles
	Lookups  Lookups
	Policy   *fargate.Policy
	// Namespace is the webhook's own, where nothing is evicted.
	Namespace string
	// Evictions bounds their rate. Default: one a second, five at once.
	Evictions flowcontrol.RateLimiter
	// Registerer takes the metrics.
	Registerer prometheus.Registerer
	Logger     *zap.Logger
}

// Worker looks after the pods of a cluster while it runs. One at a time should:
// two would tell of everything twice.
type Worker struct {
	options Options
	metrics *metrics
	// events bounds the rate of events, besides the client's own limit.
	events flowcontrol.RateLimiter
}

// New makes a Worker. It returns an error if its metrics are registered
// already.
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

// Run looks after pods until ctx ends. It keeps in memory the pods that wait
// for a node, and of them only what they are judged by. When the policy has no
// use for it, it asks for nothing.
func (w *Worker) Run(ctx context.Context) {
	if !w.options.Policy.FollowsPendingPods() {
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
	defer w.metrics.count(nil) // the next leader counts
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

// follow makes what watches the pods that wait.
func (w *Worker) follow(t *turn) (cache.SharedIndexInformer, error) {
	pods := coreinformers.NewFilteredPodInformer(w.options.Client, metav1.NamespaceAll, 0, cache.Indexers{},
		func(options *metav1.ListOptions) { options.FieldSelector = unscheduled })
	err := pods.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) {
		if ctx.Err() == nil && !lookups.EndsWatch(err) {
			t.failures.note("watch of pending pods failed, retrying", err)
		}
	})
	return pods, errors.Join(err, pods.SetTransform(trim))
}

// trim leaves of a pod what it is judged and told of by: a cluster may have
// thousands that wait.
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
		trimmed.Status.Conditions[i].Message = "" // of the scheduler, some hundred bytes
	}
	return trimmed, nil
}
