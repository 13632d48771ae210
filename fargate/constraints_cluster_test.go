package fargate

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
)

// errUnknown is what a cluster answers that can't be asked.
var errUnknown = errors.New("the cache is not there yet")

// namespaced is a cluster of one namespace's constraints.
type namespaced struct {
	fakeCluster
	ranges []*corev1.LimitRange
	quotas []*corev1.ResourceQuota
	err    error
}

func (n namespaced) LimitRanges(string) ([]*corev1.LimitRange, error)       { return n.ranges, n.err }
func (n namespaced) ResourceQuotas(string) ([]*corev1.ResourceQuota, error) { return n.quotas, n.err }

// limits makes a LimitRange of one item.
func limits(item corev1.LimitRangeItem) namespaced {
	return namespaced{ranges: []*corev1.LimitRange{{Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{item}}}}}
}

// quota makes a ResourceQuota.
func quota(spec corev1.ResourceQuotaSpec) namespaced {
	return namespaced{quotas: []*corev1.ResourceQuota{{Spec: spec}}}
}
