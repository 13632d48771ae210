package registration

import (
	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
)

// OptionsFor returns the options for a webhook that decides by policy, is called at target and runs
// in namespace, which is never sent to it.
func OptionsFor(policy *fargate.Policy, target Target, namespace string) Options {
	return Options{
		Target:            target,
		ExemptNamespaces:  append(names(policy.Exempt.Namespaces), namespace),
		Workloads:         policy.StrictestWorkloads(),
		Steers:            policy.Steers(),
		RewritesNodePorts: policy.RewritesNodePorts(),
	}
}

// names returns the patterns without wildcards. A namespace selector has no wildcards, so requests
// from namespaces that the other patterns match are sent, and admitted unchanged.
func names(patterns []profiles.Pattern) []string {
	var literal []string
	for _, pattern := range patterns {
		if pattern.Literal() {
			literal = append(literal, pattern.String())
		}
	}
	return literal
}
