package fargate

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// RuleExtendedResource is about what a Fargate node has none of: every resource
// in requests or limits, of a container or of the pod, other than cpu, memory
// and ephemeral-storage (GPUs, hugepages), above zero; and claims of devices,
// spec.resourceClaims and resources.claims (F3.13).
const RuleExtendedResource RuleID = "extended-resource"

func ruleExtendedResource() Rule {
	return Rule{
		ID:      RuleExtendedResource,
		Default: ActionDeny,
		Title:   "the pod asks for a resource that Fargate doesn't have",
		What: "requests and limits, of containers and of the pod, may name cpu, memory and ephemeral-storage; others must be 0. " +
			"spec.resourceClaims and resources.claims must be absent.",
		Why: "A Fargate node has no GPUs, no AWS Inferentia, no hugepages and no device plugins or drivers, which would have to run as " +
			"DaemonSets. The pod would stay Pending.",
		Sources: []string{
			guideConsiderations,
			"inferred: a Fargate node is not known to offer any other resource",
		},
		Remedy: "remove it from requests and limits; a pod that needs the device has to run on EC2 nodes",
		pod:    extendedResources,
	}
}

func extendedResources(s *subject) []Finding {
	var found []Finding
	for c := range s.containers() {
		for _, a := range unknownTo(&c.Resources) {
			found = append(found, c.finding("resources."+a.field, a.message))
		}
		for i, claim := range c.Resources.Claims {
			// One cause is told once, where the pod declares the claim.
			if !s.declares(claim.Name) {
				found = append(found, c.finding(fmt.Sprintf("resources.claims[%d]", i), fmt.Sprintf("resource claim %q is used", claim.Name)))
			}
		}
	}
	if s.spec.Resources != nil {
		for _, a := range unknownTo(s.spec.Resources) {
			found = append(found, Finding{Field: "spec.resources." + a.field, Message: "the pod: " + a.message})
		}
	}
	for i := range s.spec.ResourceClaims {
		name := s.spec.ResourceClaims[i].Name
		found = append(found, Finding{
			Field:   fmt.Sprintf("spec.resourceClaims[%d]", i),
			Message: fmt.Sprintf("resource claim %q is made, and Fargate has no device drivers", name),
			subject: name,
		})
	}
	return found
}

func (s *subject) declares(claim string) bool {
	return slices.ContainsFunc(s.spec.ResourceClaims, func(c corev1.PodResourceClaim) bool { return c.Name == claim })
}

// askedResource is a resource that Fargate has none of: the field that asks
// for it, below resources, and what is wrong in words.
type askedResource struct{ field, message string }

// unknownTo lists the resources that Fargate has none of, by name. The API
// server wants request and limit of these to be equal, so one is named.
func unknownTo(requirements *corev1.ResourceRequirements) []askedResource {
	var asked []askedResource
	for _, list := range [...]struct {
		field     string
		resources corev1.ResourceList
	}{{"limits", requirements.Limits}, {"requests", requirements.Requests}} {
		for name, quantity := range list.resources {
			if isOnFargate(name) || quantity.Sign() <= 0 {
				continue
			}
			if limit := requirements.Limits[name]; list.field == "requests" && limit.Sign() > 0 {
				continue
			}
			asked = append(asked, askedResource{
				field:   fmt.Sprintf("%s[%s]", list.field, name),
				message: fmt.Sprintf("%s of %s is asked for, and Fargate has none", quantity.String(), name),
			})
		}
	}
	slices.SortFunc(asked, func(a, b askedResource) int { return strings.Compare(a.field, b.field) })
	return asked
}

func isOnFargate(name corev1.ResourceName) bool {
	return name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage
}
