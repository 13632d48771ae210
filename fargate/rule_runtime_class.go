package fargate

import "fmt"

// RuleRuntimeClass is about spec.runtimeClassName. Nothing is documented, but
// the handler that a RuntimeClass names has to be installed on the node, and
// nobody but AWS installs anything there (F4.25).
const RuleRuntimeClass RuleID = "runtime-class"

func ruleRuntimeClass() Rule {
	return Rule{
		ID:      RuleRuntimeClass,
		Default: ActionWarn,
		Title:   "the pod asks for a container runtime of its own",
		What:    "spec.runtimeClassName should be absent.",
		Why: "The handler that a RuntimeClass names has to be set up on the node, and a Fargate node can't be set up. No statement of AWS's " +
			"is known; unless it means the runtime that is there anyway, the pod will hardly start.",
		Sources: []string{"inferred: neither documentation nor reports speak of it"},
		Remedy:  "remove runtimeClassName; every pod on Fargate is isolated in a machine of its own already",
		pod:     runtimeClass,
	}
}

func runtimeClass(s *subject) []Finding {
	if name := s.spec.RuntimeClassName; name != nil && *name != "" {
		return []Finding{{Field: "spec.runtimeClassName", Message: fmt.Sprintf("runtimeClassName %q is set, and Fargate is not known to have its handler", *name)}}
	}
	return nil
}
