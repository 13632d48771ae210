package policy

import corev1 "k8s.io/api/core/v1"

// Vocabulary is what a policy file may name. It is given to the reader of the file, which knows
// neither rules, kinds nor sizes.
type Vocabulary struct {
	// Rules are the ids of all rules.
	Rules []RuleID
	// Kinds are the resources of all kinds that are judged, such as "pods".
	Kinds []string
	// PodTemplate returns what is wrong with an entry of podTemplates, nil for nothing.
	PodTemplate func(text string) error
	// MaxRequests is the CPU and memory that the largest size leaves to the containers of a pod.
	MaxRequests corev1.ResourceList
}
