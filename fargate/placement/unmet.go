package placement

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Unmet returns the first requirement of each term that a Fargate node doesn't meet, for the first
// terms.
func Unmet(terms []corev1.NodeSelectorTerm) string {
	const most = 3
	var texts []string
	for i := range terms {
		if i == most {
			texts = append(texts, fmt.Sprintf("and %d more terms", len(terms)-most))
			break
		}
		texts = append(texts, unmetIn(&terms[i]))
	}
	if len(texts) == 0 {
		return "it has no terms"
	}
	return strings.Join(texts, "; ")
}

func unmetIn(term *corev1.NodeSelectorTerm) string {
	for _, r := range term.MatchExpressions {
		if !TermSelectsFargateNode(&corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{r}}) {
			return requirement(r)
		}
	}
	for _, r := range term.MatchFields {
		if !TermSelectsFargateNode(&corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{r}}) {
			return requirement(r)
		}
	}
	return "a term without requirements"
}

// requirement returns one as people write it: `kubernetes.io/arch In [arm64]`.
func requirement(r corev1.NodeSelectorRequirement) string {
	if len(r.Values) == 0 {
		return fmt.Sprintf("%s %s", r.Key, r.Operator)
	}
	return fmt.Sprintf("%s %s [%s]", r.Key, r.Operator, strings.Join(r.Values, ", "))
}
