package leader

import (
	"context"
	"time"

	"go.uber.org/zap"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"

	"fargate-webhook/internal/owner"
)

// askAgain is the time between two questions for the owners of a Lease that has none.
const askAgain = time.Minute

// ownedLeases gives owners to a Lease that is created, and to one that has none when it is renewed,
// as one that was restored. Only the election uses it.
type ownedLeases struct {
	typedv1.LeaseInterface

	owners owner.References
	asked  time.Time // for a Lease without owners
}

// owned is a LeasesGetter of one ownedLeases.
type owned struct{ leases *ownedLeases }

// Leases returns the client of the Lease's namespace.
func (o owned) Leases(string) typedv1.LeaseInterface { return o.leases }

// Create creates the Lease for the replica that becomes the leader.
func (l *ownedLeases) Create(ctx context.Context, lease *coordinationv1.Lease, options metav1.CreateOptions) (_ *coordinationv1.Lease, err error) {
	if lease.OwnerReferences, err = l.owners.Get(ctx); err != nil {
		return nil, err
	}
	return l.LeaseInterface.Create(ctx, lease, options)
}

// Update renews the Lease, also if nobody knows its owner.
func (l *ownedLeases) Update(ctx context.Context, lease *coordinationv1.Lease, options metav1.UpdateOptions) (*coordinationv1.Lease, error) {
	if len(lease.OwnerReferences) == 0 && time.Since(l.asked) > askAgain {
		l.asked = time.Now()
		if owners, err := l.owners.Get(ctx); err == nil {
			lease.OwnerReferences = owners
		}
	}
	return l.LeaseInterface.Update(ctx, lease, options)
}

// release gives the Lease to the replica that asks next, if this one holds it. A renewal that was
// cancelled may still arrive in between, so that there is a conflict.
func release(ctx context.Context, lock resourcelock.Interface, logger *zap.Logger) {
	ctx, cancel := context.WithTimeout(ctx, renewDeadline)
	defer cancel()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		record, _, err := lock.Get(ctx)
		if err != nil || record.HolderIdentity != lock.Identity() {
			return err
		}
		now := metav1.Now()
		return lock.Update(ctx, resourcelock.LeaderElectionRecord{
			LeaderTransitions: record.LeaderTransitions, LeaseDurationSeconds: 1, AcquireTime: now, RenewTime: now,
		})
	})
	if err != nil {
		logger.Warn("release of the Lease failed, another replica takes it over when it has expired", zap.Error(err))
	}
}
