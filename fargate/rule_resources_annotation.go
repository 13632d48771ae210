package fargate

import "fmt"

// RuleResourcesAnnotation is about the annotation fargate-webhook/resources
// with a value that is none of Fit, Limits and Off.
const RuleResourcesAnnotation RuleID = "resources-annotation"

func ruleResourcesAnnotation() Rule {
	return Rule{
		ID:      RuleResourcesAnnotation,
		Default: ActionWarn,
		Title:   "the annotation that chooses the resources policy has no such policy",
		What:    "The annotation " + ResourcesAnnotation + " of a pod, whose value is Fit, Limits or Off, just as written here.",
		Why:     "Another value says nothing, so the policy of the namespace holds, which may not be what was meant.",
		Sources: []string{"docs/resources.md"},
		Remedy:  "write Fit, Limits or Off, or remove the annotation",
		pod:     resourcesAnnotationRule,
	}
}

func resourcesAnnotationRule(s *subject) []Finding {
	value, stated := s.meta.Annotations[ResourcesAnnotation]
	if _, ok := resourcesAnnotation(s.meta); !stated || ok {
		return nil
	}
	return []Finding{{
		Field:   fmt.Sprintf("metadata.annotations[%s]", ResourcesAnnotation),
		Message: fmt.Sprintf("%s is %q, and there is no such policy", ResourcesAnnotation, value),
	}}
}
