package rules

import (
	"fmt"

	"fargate-webhook/policy"
)

// RuntimeClass is about spec.runtimeClassName. Nothing is documented, but the handler of a
// RuntimeClass has to be installed on the node, and only AWS installs anything there (F4.25).
var RuntimeClass = &Rule{
	ID:       "runtime-class",
	Default:  policy.Warn,
	Severity: High,
	Title:    "the pod uses a container runtime of its own",
	What:     "spec.runtimeClassName should be absent.",
	Why: "The handler of a RuntimeClass has to be set up on the node, and nobody can set up a Fargate node. No statement by AWS is known; unless the class means " +
		"the default runtime, the pod probably can't start.",
	Fix:        "remove runtimeClassName: every pod on Fargate is isolated in its own machine already",
	References: []string{"inferred: neither documentation nor reports mention it"},
	Facts:      []string{"F4.25"},
	Check:      Check{Pod: runtimeClass},
}

func runtimeClass(p *Pod) []Violation {
	if name := p.Spec.RuntimeClassName; name != nil && *name != "" {
		return []Violation{{
			Field:   "spec.runtimeClassName",
			Problem: fmt.Sprintf("spec.runtimeClassName is %q, and Fargate is not known to have a handler for it", *name),
		}}
	}
	return nil
}
