package rules

import (
	"fmt"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// ResourcesAnnotation is about the annotation fargate-webhook/resources with a value other than
// Fit, Guaranteed, Limits and Off.
var ResourcesAnnotation = &Rule{
	ID:         "resources-annotation",
	Default:    policy.Warn,
	Severity:   Low,
	Title:      "the annotation for the resources policy has an unknown value",
	What:       "The annotation " + sizing.ResourcesAnnotation + " of a pod must be Fit, Guaranteed, Limits or Off, in exactly this spelling.",
	Why:        "Any other value is ignored, so the policy of the namespace applies, which may not be what was meant.",
	Fix:        "write Fit, Guaranteed, Limits or Off, or remove the annotation",
	References: []string{"docs/resources.md"},
	Check:      Check{Pod: resourcesAnnotation},
}

func resourcesAnnotation(p *Pod) []Violation {
	value, set := p.Meta.Annotations[sizing.ResourcesAnnotation]
	if _, known := sizing.PolicyOf(p.Meta); !set || known {
		return nil
	}
	return []Violation{{
		Field:   AnnotationField(sizing.ResourcesAnnotation),
		Problem: fmt.Sprintf("the annotation %s must be Fit, Guaranteed, Limits or Off, not %q", sizing.ResourcesAnnotation, value),
	}}
}
