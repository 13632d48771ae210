package fargatetest

import (
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/profiles"
)

// Profile returns an ACTIVE profile with selectors.
func Profile(name string, selectors ...profiles.Selector) profiles.Profile {
	return profiles.Profile{Name: name, Status: profiles.StatusActive, Selectors: selectors}
}

// Selects returns a selector of a namespace and of labels, keys and values in turn.
func Selects(namespace string, labels ...string) profiles.Selector {
	s := profiles.Selector{Namespace: namespace, Labels: map[string]string{}}
	for i := 0; i < len(labels); i += 2 {
		s.Labels[labels[i]] = labels[i+1]
	}
	return s
}

// Everywhere returns an index of one profile that selects every pod.
func Everywhere() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{Profile("all", Selects("*"))})
}

// Requires returns a required node affinity with one requirement.
func Requires(key string, operator corev1.NodeSelectorOperator, values ...string) *corev1.Affinity {
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: operator, Values: values}},
		}}},
	}}
}
