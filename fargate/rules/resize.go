package rules

import (
	"fmt"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// Resize is about a running pod that is resized in place (subresource resize) beyond what Fargate
// provisioned: it can't use more than that (F3.8). What was provisioned is in an annotation (F2.6),
// also after a resize. Anybody can change that (S30), so that the message says where it is from.
var Resize = &Rule{
	ID:         "resize",
	Default:    policy.Warn,
	Severity:   Medium,
	Title:      "a running pod is resized beyond what Fargate provisioned for it",
	What:       "An update of a pod's subresource resize whose requests exceed the size in the annotation CapacityProvisioned, which EKS writes; without one, the size of the requests before it.",
	Why:        "Fargate provisions a pod when it is scheduled, and the pod can't use more than that. Whether it may be resized within its size is not documented.",
	Fix:        "change the requests in the pod template, so that the pod is created again; the Vertical Pod Autoscaler does so with updateMode Recreate",
	References: []string{guideSizes},
	Facts:      []string{"F2.6", "F3.8", "S30"},
	Check:      Check{Pod: resize},
}

func resize(p *Pod) []Violation {
	if p.ResizedFrom == nil {
		return nil
	}
	size, whose := p.provisioned()
	if size == nil || p.Plan.Requested.Within(size.Budget()) {
		return nil
	}
	return []Violation{{
		Field: "spec.containers",
		Problem: fmt.Sprintf("the new requests (%s CPU, %s memory) exceed the size %s (%s, with %s reserved by Fargate)",
			p.Plan.Requested.CPU(), p.Plan.Requested.Memory(), whose, size, sizing.Reserved()),
	}}
}

// provisioned returns the size that a pod has which is resized in place, nil if there is none for what
// it requested, and whose size that is, for messages.
func (p *Pod) provisioned() (size *sizing.Size, whose string) {
	if size, ok := sizing.SizeOf(p.Meta, p.Spec); ok {
		return &size, "in the annotation " + sizing.ProvisionedAnnotation
	}
	if size, ok := sizing.For(sizing.Requested(p.ResizedFrom)); ok {
		return &size, "of what the pod requests now"
	}
	return nil, ""
}
