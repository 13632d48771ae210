package leader

import (
	"context"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"

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
