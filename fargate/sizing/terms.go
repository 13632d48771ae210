package sizing

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/policy"
)

// Terms are the conditions under which requests and limits are set.
type Terms struct {
	policy  policy.Resources
	minimum Amount
	// held is true when a ResourceQuota or an autoscaler counts what would be raised.
	held bool
	// holds are what counts it.
	holds []Hold
	// containerMax and podMax are what the namespace's LimitRanges allow one container, and all that
	// run together.
	containerMax, podMax Amount
}

// NewTerms returns the terms of a policy in a namespace with these LimitRanges and ResourceQuotas,
// for a pod whose requests are counted by what the holds name. Requests are raised under a quota on
// compute resources if no quotas are passed.
func NewTerms(
	resources policy.Resources, minimum corev1.ResourceList, ranges []*corev1.LimitRange, quotas []*corev1.ResourceQuota, holds ...Hold,
) *Terms {
	t := &Terms{policy: resources, minimum: AmountIn(minimum), holds: slices.Clone(holds), containerMax: unlimited(), podMax: unlimited()}
	for _, r := range ranges {
		t.keepWithin(r)
	}
	for _, quota := range quotas {
		if countsCompute(&quota.Spec) {
			t.holds = append(t.holds, Hold{Reason: fmt.Sprintf("ResourceQuota %q", quota.Name), CPU: true, Memory: true, Limits: true})
		}
	}
	t.held = len(t.holds) > 0
	return t
}

// keepWithin applies the maxima of a LimitRange. Its minima and ratios never matter: requests only
// rise, and limits come down to requests, which are held to the same minima.
func (t *Terms) keepWithin(r *corev1.LimitRange) {
	for i := range r.Spec.Limits {
		switch item := &r.Spec.Limits[i]; item.Type {
		case corev1.LimitTypeContainer:
			t.containerMax = t.containerMax.AtMost(maximum(item.Max))
		case corev1.LimitTypePod:
			t.podMax = t.podMax.AtMost(maximum(item.Max))
		default:
		}
	}
}

// maximum reads maxima, rounded down.
func maximum(list corev1.ResourceList) Amount {
	most := unlimited()
	if q, ok := list[corev1.ResourceCPU]; ok {
		most.MilliCPU = thousandthsDown(q)
	}
	if q, ok := list[corev1.ResourceMemory]; ok {
		most.MilliBytes = thousandthsDown(q)
	}
	return most
}

// countsCompute reports a quota that may refuse a pod for what its containers request, or are
// limited to. A quota that counts pods by quality of service may too: setting requests changes the
// class of a pod.
func countsCompute(spec *corev1.ResourceQuotaSpec) bool {
	for name := range spec.Hard {
		switch name {
		case corev1.ResourceCPU, corev1.ResourceRequestsCPU, corev1.ResourceLimitsCPU,
			corev1.ResourceMemory, corev1.ResourceRequestsMemory, corev1.ResourceLimitsMemory:
			return true
		default:
		}
	}
	byQuality := func(scope corev1.ResourceQuotaScope) bool {
		return scope == corev1.ResourceQuotaScopeBestEffort || scope == corev1.ResourceQuotaScopeNotBestEffort
	}
	return slices.ContainsFunc(spec.Scopes, byQuality) ||
		spec.ScopeSelector != nil && slices.ContainsFunc(spec.ScopeSelector.MatchExpressions, func(r corev1.ScopedResourceSelectorRequirement) bool {
			return byQuality(r.ScopeName)
		})
}

// raises reports terms under which a pod may request more than it does, and so get larger.
func (t *Terms) raises() bool { return t.policy == policy.ResourcesLimits || t.minimum != Amount{} }

// unraised returns the same terms under policy Fit, without a minimum.
func (t *Terms) unraised() *Terms {
	plain := *t
	plain.policy, plain.minimum = policy.ResourcesFit, Amount{}
	return &plain
}

// wanted returns what a container is assumed to request under the terms.
func (t *Terms) wanted(_, _ int, r *corev1.ResourceRequirements) Amount {
	cpu, memory := t.dimension(corev1.ResourceCPU), t.dimension(corev1.ResourceMemory)
	return Amount{
		MilliCPU:   cpu.wanted(statedOf(r, cpu.name)).request,
		MilliBytes: memory.wanted(statedOf(r, memory.name)).request,
	}
}

// dimension returns one resource under these terms, its budget not known yet.
func (t *Terms) dimension(name corev1.ResourceName) dimension {
	toLimits := t.policy == policy.ResourcesLimits
	if name == corev1.ResourceMemory {
		return dimension{name: name, unit: mebibyte, minimum: t.minimum.MilliBytes, most: t.containerMax.MilliBytes, toLimits: toLimits}
	}
	return dimension{name: name, unit: 1, minimum: t.minimum.MilliCPU, most: t.containerMax.MilliCPU, toLimits: toLimits}
}
