package leader

import (
	"context"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"fargate-webhook/internal/owner"
)

// ownedLock is a LeaseLock that creates the Lease with owner references.
type ownedLock struct {
	*resourcelock.LeaseLock

	owners owner.References
}

// Create creates the Lease for the replica that becomes the leader.
func (l *ownedLock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	owners, err := l.owners.Get(ctx)
	if err != nil {
		return err
	}
	lease := &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.LeaseMeta.Namespace, Name: l.LeaseMeta.Name, OwnerReferences: owners},
		Spec:       resourcelock.LeaderElectionRecordToLeaseSpec(&record),
	}
	if _, err := l.Client.Leases(lease.Namespace).Create(ctx, lease, metav1.CreateOptions{}); err != nil {
		return err
	}
	// LeaseLock updates the Lease that it has read.
	_, _, err = l.Get(ctx)
	return err
}
