package rules

import (
	"fmt"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// Resize is about a running pod that is resized in place (subresource resize) beyond what Fargate
// provisioned: it can't use more than that (F3.8). The provisioned size is computed from the pod
// itself: anybody can write the annotation CapacityProvisioned (S30).
var Resize = &Rule{
	ID:         "resize",
	Default:    policy.Warn,
	Severity:   Medium,
	Title:      "a running pod is resized beyond what Fargate provisioned for it",
	What:       "An update of a pod's subresource resize whose requests need a larger size than those before it.",
	Why:        "Fargate provisions a pod when it is scheduled, and the pod can't use more than that. Whether it may be resized within its size is not documented.",
	Fix:        "change the requests in the pod template, so that the pod is created again; the Vertical Pod Autoscaler does so with updateMode Recreate",
	References: []string{guideSizes},
	Facts:      []string{"F3.8", "S30"},
	Check:      Check{Pod: resize},
}

func resize(p *Pod) []Violation {
	if p.ResizedFrom == nil {
		return nil
	}
	before, ok := sizing.For(sizing.Requested(p.ResizedFrom))
	if !ok || p.Plan.Requested.Within(before.Budget()) {
		return nil
	}
	return []Violation{{
		Field: "spec.containers",
		Problem: fmt.Sprintf("the new requests (%s CPU, %s memory) exceed the provisioned size (%s, with %s reserved by Fargate)",
			p.Plan.Requested.CPU(), p.Plan.Requested.Memory(), before, sizing.Reserved()),
	}}
}
