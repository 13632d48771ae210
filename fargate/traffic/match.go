package traffic

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// matches reports whether labels have all that a valid selector requires. Kubernetes' own code,
// which a property test compares this with, parses and sorts a selector first: that takes a hundred
// times as long, for thousands of selectors a decision.
func matches(selector *metav1.LabelSelector, labels map[string]string) bool {
	return contains(labels, selector.MatchLabels) && !slices.ContainsFunc(selector.MatchExpressions, func(e metav1.LabelSelectorRequirement) bool {
		return !meets(&e, labels)
	})
}

func meets(e *metav1.LabelSelectorRequirement, labels map[string]string) bool {
	value, has := labels[e.Key]
	switch e.Operator {
	case metav1.LabelSelectorOpIn:
		return has && slices.Contains(e.Values, value)
	case metav1.LabelSelectorOpNotIn:
		return !has || !slices.Contains(e.Values, value)
	case metav1.LabelSelectorOpExists:
		return has
	default: // DoesNotExist, as the selector is valid
		return !has
	}
}

// valid reports whether a selector has only operators that there are, with as many values as each
// takes. The API server stores no other.
func valid(selector *metav1.LabelSelector) bool {
	return !slices.ContainsFunc(selector.MatchExpressions, func(e metav1.LabelSelectorRequirement) bool {
		switch e.Operator {
		case metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn:
			return len(e.Values) == 0
		case metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist:
			return len(e.Values) > 0
		}
		return true
	})
}

// Matches reports whether labels have all that a selector requires; false for an invalid one.
func Matches(selector *metav1.LabelSelector, labels map[string]string) bool {
	return valid(selector) && matches(selector, labels)
}
