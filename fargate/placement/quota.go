package placement

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// CountedBy reports whether a quota counts pods on Fargate, by its scopes: EKS sets their priority
// class, whatever class they name (F2.5).
func CountedBy(quota *corev1.ResourceQuota) bool {
	return quota.Spec.ScopeSelector == nil || !slices.ContainsFunc(quota.Spec.ScopeSelector.MatchExpressions, func(r corev1.ScopedResourceSelectorRequirement) bool {
		return r.ScopeName == corev1.ResourceQuotaScopePriorityClass && !TakesClass(&r, PriorityClass)
	})
}

// TakesClass reports whether the scope of a quota by priority class takes pods of a class.
func TakesClass(scope *corev1.ScopedResourceSelectorRequirement, class string) bool {
	switch scope.Operator {
	case corev1.ScopeSelectorOpIn:
		return slices.Contains(scope.Values, class)
	case corev1.ScopeSelectorOpNotIn:
		return !slices.Contains(scope.Values, class)
	case corev1.ScopeSelectorOpExists:
		return true
	case corev1.ScopeSelectorOpDoesNotExist:
	}
	return false
}
