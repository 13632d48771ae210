package placement

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// EKS sets system-node-critical on every pod on Fargate, whatever class it names.
func TestCountedBy(t *testing.T) {
	type scopes = []corev1.ScopedResourceSelectorRequirement
	byClass := func(operator corev1.ScopeSelectorOperator, classes ...string) corev1.ScopedResourceSelectorRequirement {
		return corev1.ScopedResourceSelectorRequirement{ScopeName: corev1.ResourceQuotaScopePriorityClass, Operator: operator, Values: classes}
	}
	everything := corev1.ScopedResourceSelectorRequirement{ScopeName: corev1.ResourceQuotaScopeNotBestEffort, Operator: corev1.ScopeSelectorOpExists}
	for name, c := range map[string]struct {
		scopes scopes
		want   bool
	}{
		"another class":        {scopes{byClass(corev1.ScopeSelectorOpIn, "high")}, false},
		"the class of Fargate": {scopes{byClass(corev1.ScopeSelectorOpIn, "high", "system-node-critical")}, true},
		"not another class":    {scopes{byClass(corev1.ScopeSelectorOpNotIn, "high")}, true},
		"not that class":       {scopes{byClass(corev1.ScopeSelectorOpNotIn, "system-node-critical")}, false},
		"any class":            {scopes{byClass(corev1.ScopeSelectorOpExists)}, true},
		"no class":             {scopes{byClass(corev1.ScopeSelectorOpDoesNotExist)}, false},
		"another scope":        {scopes{everything}, true},
		"both":                 {scopes{everything, byClass(corev1.ScopeSelectorOpIn, "high")}, false},
		"no scope":             {nil, true},
	} {
		quota := &corev1.ResourceQuota{Spec: corev1.ResourceQuotaSpec{ScopeSelector: &corev1.ScopeSelector{MatchExpressions: c.scopes}}}
		if got := CountedBy(quota); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if !CountedBy(&corev1.ResourceQuota{}) {
		t.Error("without a selector: not counted")
	}
}
