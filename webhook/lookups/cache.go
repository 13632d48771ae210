package lookups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"go.uber.org/zap"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/survive"
)

// resourceCache caches all objects of one resource.
type resourceCache struct {
	of       *cluster.Kind
	resource string
	informer cache.SharedIndexInformer
	logger   *zap.Logger

	mutex sync.Mutex
	// failure is the last error of a list or watch.
	failure error
	logged  failureKey
}

// failureKey identifies a failure that was logged: its reason, and the resource version that the
// watch had reached.
type failureKey struct {
	happened bool
	reason   metav1.StatusReason
	version  string
}

// setUp prepares the informer, which trims objects. Call it before the informer runs.
func (k *resourceCache) setUp(informer cache.SharedIndexInformer, trim cache.TransformFunc) error {
	k.informer = informer
	return errors.Join(informer.SetTransform(trim), informer.SetWatchErrorHandlerWithContext(k.failed))
}

// safely keeps name and version of an object that nobody has thought of. Decisions see an object
// without content.
func (k *resourceCache) safely(transform cache.TransformFunc) cache.TransformFunc {
	return survive.Transform(transform, func() metav1.Object { return k.of.New() }, func(skipped metav1.Object, err error) {
		k.logger.Error("reading an object panicked, skipping its content", zap.String("resource", k.of.Resource),
			zap.String("namespace", skipped.GetNamespace()), zap.String("name", skipped.GetName()), zap.Error(err), survive.Stack(err))
	})
}

// ready returns an error until all objects have been listed once.
func (k *resourceCache) ready() error {
	if k.informer.HasSynced() {
		return nil
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.failure == nil {
		return fmt.Errorf("%s not synced yet", k.resource)
	}
	return fmt.Errorf("%s not synced yet: %w", k.resource, withRemedy(k.failure))
}

// withRemedy adds to an error what to do about it, if that is known.
func withRemedy(err error) error {
	if apierrors.IsForbidden(err) {
		return fmt.Errorf("%w; allow list and watch in the webhook's ClusterRole", err)
	}
	return err
}

// failed records the error of a list or watch, which the informer retries. It logs each reason
// once, and again only after a watch that worked.
func (k *resourceCache) failed(ctx context.Context, _ *cache.Reflector, err error) {
	if ctx.Err() != nil || EndsWatch(err) {
		return
	}
	now := failureKey{happened: true, reason: apierrors.ReasonForError(err), version: k.informer.LastSyncResourceVersion()}
	k.mutex.Lock()
	before := k.logged
	k.failure, k.logged = err, now
	k.mutex.Unlock()
	if now != before {
		k.logger.Warn("watch failed, retrying", zap.String("resource", k.resource), zap.Error(withRemedy(err)))
	}
}

// EndsWatch reports whether an error is one with which every watch ends at some time, and so not a
// failure.
func EndsWatch(err error) bool {
	return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
