package registration

import (
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// OptionsFor returns the options for a webhook that decides by a policy, is called at target and
// runs in namespace, which is never sent to it.
func OptionsFor(p *policy.Policy, target Target, namespace string) Options {
	return Options{
		Target:           target,
		Namespace:        namespace,
		ExemptNamespaces: append(names(p.Exempt.Namespaces), namespace),
		Policy:           p,
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
