package rules

import (
	"fmt"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// ExtendedResource is about what a Fargate node doesn't have: every resource other than cpu, memory
// and ephemeral-storage (GPUs, hugepages) with a request or limit above zero, of a container or of
// the pod; and claims for devices, spec.resourceClaims and resources.claims (F3.13).
var ExtendedResource = &Rule{
	ID:       "extended-resource",
	Default:  policy.Deny,
	Severity: High,
	Title:    "the pod requests a resource that Fargate doesn't have",
	What: "Requests and limits, of containers and of the pod, may name cpu, memory and ephemeral-storage; all others must be 0. spec.resourceClaims and " +
		"resources.claims must be absent.",
	Why: "A Fargate node has no GPUs, no AWS Inferentia, no hugepages, and no device plugins or drivers, which would have to run as DaemonSets. The pod would " +
		"stay Pending.",
	Fix: "remove it from requests and limits; a pod that needs the device has to run on EC2 nodes",
	References: []string{
		GuideConsiderations,
		"inferred: a Fargate node isn't known to offer any other resource",
	},
	Facts: []string{"F3.13"},
	Check: Check{Pod: extendedResources},
}

const (
	lacksResource = "must not request a resource that Fargate doesn't have"
	removeClaims  = "remove spec.resourceClaims, and resources.claims of containers; a pod that needs the device has to run on EC2 nodes"
)

func extendedResources(p *Pod) []Violation {
	var found []Violation
	declared := make(map[string]bool, len(p.Spec.ResourceClaims))
	for i := range p.Spec.ResourceClaims {
		declared[p.Spec.ResourceClaims[i].Name] = true
	}
	for c := range p.containers() {
		for _, u := range sizing.Unavailable(&c.Resources) {
			found = Keep(found, c.violation("resources."+u.Field, u.Value, lacksResource))
		}
		for i, claim := range c.Resources.Claims {
			// One cause is reported once, where the pod declares the claim.
			if !declared[claim.Name] {
				v := c.violation(fmt.Sprintf("resources.claims[%d]", i), claim.Name, "must not use resource claims")
				v.Fix = removeClaims
				found = Keep(found, v)
			}
		}
	}
	if p.Spec.Resources != nil {
		for _, u := range sizing.Unavailable(p.Spec.Resources) {
			found = Keep(found, Violation{Subject: FieldSubject("spec.resources"), Value: u.Value, Field: "spec.resources." + u.Field, Problem: lacksResource})
		}
	}
	for i := range p.Spec.ResourceClaims {
		found = Keep(found, Violation{
			Subject: Subject{Kind: "resource claim", Name: p.Spec.ResourceClaims[i].Name},
			Field:   fmt.Sprintf("spec.resourceClaims[%d]", i),
			Problem: "must be removed: Fargate has no device drivers",
			Fix:     removeClaims,
		})
	}
	return found
}
