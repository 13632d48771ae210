package sizing

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/policy"
)

// Terms are the conditions under which requests and limits are set.
type Terms struct {
	policy  policy.Resources
	minimum Amount
	// holds are what counts requests, and so keeps them from being raised.
	holds []Hold
	// container and pod are what the namespace's LimitRanges allow one container, and all that run
	// together.
	container, pod allowance
}

// allowance is what LimitRanges allow.
type allowance struct {
	most Amount
	// cpuRatio and memoryRatio are how many times the request a limit may be at most, in
	// thousandths; zero for any.
	cpuRatio, memoryRatio int64
}

// NewTerms returns the terms of a policy in a namespace with these LimitRanges and ResourceQuotas,
// for a pod whose requests are counted by what the holds name. Requests are raised under a quota on
// compute resources if no quotas are passed.
func NewTerms(
	resources policy.Resources, minimum corev1.ResourceList, ranges []*corev1.LimitRange, quotas []*corev1.ResourceQuota, holds ...Hold,
) *Terms {
	t := &Terms{
		policy: resources, minimum: AmountIn(minimum), holds: holds,
		container: allowance{most: unlimited()}, pod: allowance{most: unlimited()},
	}
	for _, r := range ranges {
		for i := range r.Spec.Limits {
			switch item := &r.Spec.Limits[i]; item.Type {
			case corev1.LimitTypeContainer:
				t.container.keepWithin(item)
			case corev1.LimitTypePod:
				t.pod.keepWithin(item)
			default:
			}
		}
	}
	for _, quota := range quotas {
		if hold, ok := quotaHold(quota); ok {
			t.holds = append(slices.Clip(t.holds), hold)
		}
	}
	return t
}

// keepWithin applies maxima and ratios of a LimitRange. Its minima never matter: requests only
// rise, and limits don't come down below requests, which are held to the same minima.
func (a *allowance) keepWithin(item *corev1.LimitRangeItem) {
	if q, ok := item.Max[corev1.ResourceCPU]; ok {
		a.most.MilliCPU = min(a.most.MilliCPU, thousandthsDown(q))
	}
	if q, ok := item.Max[corev1.ResourceMemory]; ok {
		a.most.MilliBytes = min(a.most.MilliBytes, thousandthsDown(q))
	}
	a.cpuRatio = smallerRatio(a.cpuRatio, item.MaxLimitRequestRatio[corev1.ResourceCPU])
	a.memoryRatio = smallerRatio(a.memoryRatio, item.MaxLimitRequestRatio[corev1.ResourceMemory])
}

// smallerRatio returns the smaller of two ratios; zero is none.
func smallerRatio(ratio int64, q resource.Quantity) int64 {
	if stated := thousandthsDown(q); stated > 0 && (ratio == 0 || stated < ratio) {
		return stated
	}
	return ratio
}

// raises reports terms under which a pod may request more than it does, and so get larger.
func (t *Terms) raises() bool { return t.policy == policy.ResourcesLimits || t.minimum != Amount{} }

// unraised returns the same terms without what may make a pod larger: policy Limits becomes Fit,
// and there is no minimum.
func (t *Terms) unraised() *Terms {
	plain := *t
	plain.minimum = Amount{}
	if plain.policy == policy.ResourcesLimits {
		plain.policy = policy.ResourcesFit
	}
	return &plain
}

// dimension returns one resource under these terms, without containers.
func (t *Terms) dimension(name corev1.ResourceName) dimension {
	d := dimension{
		name: name, unit: 1, minimum: t.minimum.MilliCPU, equal: t.policy == policy.ResourcesGuaranteed, toLimits: t.policy == policy.ResourcesLimits,
		most: t.container.most.MilliCPU, ratio: t.container.cpuRatio, podMost: t.pod.most.MilliCPU, podRatio: t.pod.cpuRatio,
	}
	if name == corev1.ResourceMemory {
		d.unit, d.minimum = mebibyte, t.minimum.MilliBytes
		d.most, d.ratio, d.podMost, d.podRatio = t.container.most.MilliBytes, t.container.memoryRatio, t.pod.most.MilliBytes, t.pod.memoryRatio
	}
	for i := range t.holds {
		if h := &t.holds[i]; h.holds(name) {
			d.held = true
			d.keepUnlimited = d.keepUnlimited || h.Limits
		}
	}
	if d.held {
		d.minimum, d.toLimits = 0, false
	}
	return d
}
