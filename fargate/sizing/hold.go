package sizing

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Hold says that something counts what the containers of a pod request: raising that would change
// what it does. A HorizontalPodAutoscaler with a utilization target counts the requests of one
// resource, a VerticalPodAutoscaler sets both and scales limits in proportion.
type Hold struct {
	// Reason names what counts them: `HorizontalPodAutoscaler "web"`.
	Reason string
	// CPU and Memory say which requests are not raised.
	CPU, Memory bool
	// Limits is true when no limit of these resources may be added either. Limits above what
	// Fargate provisions still come down: their containers would not start (F3.9).
	Limits bool
}

// holds reports whether the requests of a resource are held.
func (h *Hold) holds(name corev1.ResourceName) bool {
	return h.CPU && name == corev1.ResourceCPU || h.Memory && name == corev1.ResourceMemory
}

// quotaHold returns the hold of a quota. ok is false when it counts nothing that admission sets.
func quotaHold(quota *corev1.ResourceQuota) (hold Hold, ok bool) {
	counts, limits := countsCompute(&quota.Spec)
	if !counts {
		return Hold{}, false
	}
	return Hold{Reason: fmt.Sprintf("ResourceQuota %q", quota.Name), CPU: true, Memory: true, Limits: limits}, true
}

// countsCompute reports a quota that may refuse a pod for what its containers request, and one that
// may do so for their limits. A quota that counts pods by quality of service may too: setting
// requests changes the class of a pod.
func countsCompute(spec *corev1.ResourceQuotaSpec) (counts, limits bool) {
	for name := range spec.Hard {
		switch name {
		case corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory:
			limits = true
		case corev1.ResourceCPU, corev1.ResourceRequestsCPU, corev1.ResourceMemory, corev1.ResourceRequestsMemory:
			counts = true
		default:
		}
	}
	byQuality := func(scope corev1.ResourceQuotaScope) bool {
		return scope == corev1.ResourceQuotaScopeBestEffort || scope == corev1.ResourceQuotaScopeNotBestEffort
	}
	counts = counts || limits || slices.ContainsFunc(spec.Scopes, byQuality) ||
		spec.ScopeSelector != nil && slices.ContainsFunc(spec.ScopeSelector.MatchExpressions, func(r corev1.ScopedResourceSelectorRequirement) bool {
			return byQuality(r.ScopeName)
		})
	return counts, limits
}
