package fargate

import "slices"

// Policy says what the judgement may change and refuse.
type Policy struct {
	Labels    LabelsPolicy
	Resources ResourcesPolicy
	// Workloads is what becomes of a finding that would deny a pod when it is
	// found in the template of a Deployment, Job and so on: their pods are
	// judged again when they are created.
	Workloads Action
	// ExemptNamespaces are those where nothing is changed or refused.
	ExemptNamespaces []string
}

// DefaultPolicy injects labels, fits resources, warns at workloads and leaves
// the namespaces of Kubernetes itself alone (S34).
func DefaultPolicy() Policy {
	return Policy{
		Labels:           LabelsInject,
		Resources:        ResourcesFit,
		Workloads:        ActionWarn,
		ExemptNamespaces: []string{"kube-system", "kube-public", "kube-node-lease"},
	}
}

func (p *Policy) exempts(namespace string) bool {
	return slices.Contains(p.ExemptNamespaces, namespace)
}
