package inventory

import (
	"context"
	"errors"
	"sync/atomic"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/bill"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/survive"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/lookups"
)

// ofFargate is the field selector of pods that EKS has claimed (F2.5). The API server applies it, so
// that no other pods are sent.
const ofFargate = "spec.schedulerName=" + placement.Scheduler

// Profiles provides the current Fargate profiles.
type Profiles interface{ Index() *profiles.Index }

// Options are the settings of a Worker.
type Options struct {
	Client   kube.Interface
	Profiles Profiles
	Prices   *bill.Prices
	Logger   *zap.Logger
}

// Worker knows the pods on Fargate while it runs. Run one at a time.
type Worker struct {
	options Options
	// known has the pods, nil while the Worker doesn't run.
	known atomic.Pointer[cache.SharedIndexInformer]
}

// New returns a Worker.
func New(options Options) *Worker { return &Worker{options: options} }

// Run watches the pods on Fargate until ctx ends. Where they can't be listed there are no metrics; it
// goes on trying, since the permission may come later.
func (w *Worker) Run(ctx context.Context) {
	pods := cache.NewSharedIndexInformer(w.options.Client.ListerWatcher(corev1.SchemeGroupVersion.WithResource("pods"), metav1.NamespaceAll, ofFargate),
		&corev1.Pod{}, 0, cache.Indexers{})
	failing := metav1.StatusReason("nothing yet")
	err := pods.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) {
		reason := apierrors.ReasonForError(err)
		if ctx.Err() != nil || lookups.EndsWatch(err) || reason == failing {
			return
		}
		failing = reason
		w.options.Logger.Warn("pods on Fargate can't be watched, retrying: there are no metrics of them", zap.Error(err))
	})
	if err = errors.Join(err, pods.SetTransform(w.reduceSafely())); err != nil {
		w.options.Logger.Error("pod watch setup failed", zap.Error(err))
		return
	}
	w.known.Store(&pods)
	defer w.known.Store(nil) // the next leader counts them
	pods.RunWithContext(ctx)
}

// reduceSafely counts no pod that nobody has thought of.
func (w *Worker) reduceSafely() cache.TransformFunc {
	return survive.Transform(reduce, func() metav1.Object { return &pod{} }, func(skipped metav1.Object, err error) {
		w.options.Logger.Error("reading a pod panicked, not counting it",
			zap.String("namespace", skipped.GetNamespace()), zap.String("pod", skipped.GetName()), zap.Error(err), survive.Stack(err))
	})
}
