package rules

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/policy"
)

// nodeResources are the resources of a Fargate node (F3.13).
var nodeResources = []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage}

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
		guideConsiderations,
		"inferred: a Fargate node isn't known to offer any other resource",
	},
	Facts: []string{"F3.13"},
	Check: Check{Pod: extendedResources},
}

const lacksResource = "must not request a resource that Fargate doesn't have"

func extendedResources(p *Pod) []Violation {
	var found []Violation
	declared := make(map[string]bool, len(p.Spec.ResourceClaims))
	for i := range p.Spec.ResourceClaims {
		declared[p.Spec.ResourceClaims[i].Name] = true
	}
	for c := range p.containers() {
		for _, u := range unavailable(&c.Resources) {
			found = keep(found, c.violation("resources."+u.field, u.value, lacksResource))
		}
		for i, claim := range c.Resources.Claims {
			// One cause is reported once, where the pod declares the claim.
			if !declared[claim.Name] {
				found = keep(found, c.violation(fmt.Sprintf("resources.claims[%d]", i), claim.Name, "must not use resource claims"))
			}
		}
	}
	if p.Spec.Resources != nil {
		for _, u := range unavailable(p.Spec.Resources) {
			found = keep(found, Violation{Subject: field("spec.resources"), Value: u.value, Field: "spec.resources." + u.field, Problem: lacksResource})
		}
	}
	for i := range p.Spec.ResourceClaims {
		found = keep(found, Violation{
			Subject: Subject{Kind: "resource claim", Name: p.Spec.ResourceClaims[i].Name},
			Field:   fmt.Sprintf("spec.resourceClaims[%d]", i),
			Problem: "must be removed: Fargate has no device drivers",
		})
	}
	return found
}

// unavailableResource is a resource that Fargate doesn't have: the field that requests it, below
// resources, and the value, `1 nvidia.com/gpu`.
type unavailableResource struct{ field, value string }

// unavailable returns the resources that Fargate doesn't have, by name. The API server demands that
// request and limit are equal for these, so one is reported.
func unavailable(requirements *corev1.ResourceRequirements) []unavailableResource {
	var found []unavailableResource
	for _, list := range [...]struct {
		field     string
		resources corev1.ResourceList
	}{{"limits", requirements.Limits}, {"requests", requirements.Requests}} {
		for name, quantity := range list.resources {
			if slices.Contains(nodeResources, name) || quantity.Sign() <= 0 {
				continue
			}
			if limit := requirements.Limits[name]; list.field == "requests" && limit.Sign() > 0 {
				continue
			}
			found = append(found, unavailableResource{
				field: fmt.Sprintf("%s[%s]", list.field, name),
				value: fmt.Sprintf("%s %s", quantity.String(), name),
			})
		}
	}
	slices.SortFunc(found, func(a, b unavailableResource) int { return strings.Compare(a.field, b.field) })
	return found
}
