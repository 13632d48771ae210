package sizing

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// nodeResources are the resources of a Fargate node (F3.13).
var nodeResources = []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage}

// UnavailableResource is a resource that Fargate doesn't have: the field that requests it, below
// resources, and the value, `1 nvidia.com/gpu`.
type UnavailableResource struct{ Field, Value string }

// Unavailable returns the resources that Fargate doesn't have, by name. The API server demands that
// request and limit are equal for these, so one is reported.
func Unavailable(requirements *corev1.ResourceRequirements) []UnavailableResource {
	var found []UnavailableResource
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
			found = append(found, UnavailableResource{
				Field: fmt.Sprintf("%s[%s]", list.field, name),
				Value: fmt.Sprintf("%s %s", quantity.String(), name),
			})
		}
	}
	slices.SortFunc(found, func(a, b UnavailableResource) int { return strings.Compare(a.Field, b.Field) })
	return found
}
