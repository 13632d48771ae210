package rules

import (
	"fmt"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// ResourcesAnnotation is about the annotation fargate-webhook/resources with a value other than
// Fit, Guaranteed, Limits and Off, or on a workload in place of its pod template.
var ResourcesAnnotation = &Rule{
	ID:       "resources-annotation",
	Default:  policy.Warn,
	Severity: Low,
	Title:    "the annotation for the resources policy has an unknown value, or has no effect where it is",
	What: "The annotation " + sizing.ResourcesAnnotation + " of a pod or pod template must be Fit, Guaranteed, Limits or Off, in exactly this spelling. It should not be on a workload, or on a " +
		"CronJob's job template, whose pod template doesn't have it.",
	Why:        "Any other value is ignored, and pods don't get annotations of their workload, so the policy of the namespace applies, which may not be what was meant.",
	Fix:        "write Fit, Guaranteed, Limits or Off, or remove the annotation",
	References: []string{"docs/resources.md"},
	Check:      Check{Pod: resourcesAnnotation},
}

func resourcesAnnotation(p *Pod) []Violation {
	value, set := p.Meta.Annotations[sizing.ResourcesAnnotation]
	if !set {
		return resourcesAround(p)
	}
	if _, known := sizing.PolicyOf(p.Meta); known {
		return nil
	}
	return []Violation{{
		Field:   AnnotationField(sizing.ResourcesAnnotation),
		Problem: fmt.Sprintf("the annotation %s must be Fit, Guaranteed, Limits or Off, not %q", sizing.ResourcesAnnotation, value),
	}}
}

// resourcesAround finds the annotation around a pod template that doesn't have it.
func resourcesAround(p *Pod) []Violation {
	var found []Violation
	for _, spot := range p.Around {
		if value, set := spot.Meta.Annotations[sizing.ResourcesAnnotation]; set {
			found = Keep(found, Violation{
				Field: spot.Path + ".annotations[" + sizing.ResourcesAnnotation + "]", OfWorkload: true,
				Problem: fmt.Sprintf("the annotation %s of %s has no effect: pods don't have it", sizing.ResourcesAnnotation, spot.Of),
				Fix:     fmt.Sprintf("set %s: %s in %s.metadata.annotations", sizing.ResourcesAnnotation, value, p.TemplatePath),
			})
		}
	}
	return found
}
