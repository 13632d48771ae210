// Package vpa has the fields of VerticalPodAutoscalers that decisions use.
package vpa

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// Group is the API group.
	Group = "autoscaling.k8s.io"
	// Version is the API version that is used.
	Version = "v1"
	// BetaVersion is still served; the fields used here are the same.
	BetaVersion = "v1beta2"
	// Kind is the kind.
	Kind = "VerticalPodAutoscaler"
	// Resource is the resource.
	Resource = "verticalpodautoscalers"
	// UpdatesAnnotation is what VPA's admission webhook writes on a pod whose resources it sets:
	// `Pod resources updated by web: container 0: cpu request, memory request`.
	UpdatesAnnotation = "vpaUpdates"
	// Off is the update mode, or the mode of a container, in which VPA only recommends.
	Off = "Off"
	// CPU is a resource that VPA controls.
	CPU = "cpu"
	// Memory is the other one.
	Memory = "memory"
	// AllContainers is the container name of the policy for containers that have none of their own.
	AllContainers = "*"
)

// VerticalPodAutoscaler sets the requests of the pods of its target.
type VerticalPodAutoscaler struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec `json:"spec"`
}

// Spec has the fields that decisions use.
type Spec struct {
	TargetRef      Target         `json:"targetRef"`
	UpdatePolicy   UpdatePolicy   `json:"updatePolicy"`
	ResourcePolicy ResourcePolicy `json:"resourcePolicy"`
}

// Target names the workload.
type Target struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

// UpdatePolicy says when VPA sets requests.
type UpdatePolicy struct {
	// UpdateMode is empty for the default, which sets them.
	UpdateMode string `json:"updateMode,omitempty"`
}

// ResourcePolicy says which requests VPA sets.
type ResourcePolicy struct {
	ContainerPolicies []ContainerPolicy `json:"containerPolicies,omitempty"`
}

// ContainerPolicy is for one container, or for AllContainers.
type ContainerPolicy struct {
	ContainerName string `json:"containerName,omitempty"`
	// Mode is empty for the default, "Auto".
	Mode string `json:"mode,omitempty"`
	// ControlledResources is nil for the default: CPU and memory.
	ControlledResources []string `json:"controlledResources,omitempty"`
}

// DeepCopyObject returns a deep copy.
func (v *VerticalPodAutoscaler) DeepCopyObject() runtime.Object {
	out := *v
	v.DeepCopyInto(&out.ObjectMeta)
	policies := slices.Clone(v.Spec.ResourcePolicy.ContainerPolicies)
	for i := range policies {
		policies[i].ControlledResources = slices.Clone(policies[i].ControlledResources)
	}
	out.Spec.ResourcePolicy.ContainerPolicies = policies
	return &out
}

// Updates reports whether VPA sets requests, and doesn't only recommend them.
func (v *VerticalPodAutoscaler) Updates() bool { return v.Spec.UpdatePolicy.UpdateMode != Off }

// Controls reports whether VPA sets a resource of a container.
func (v *VerticalPodAutoscaler) Controls(container, resource string) bool {
	p := v.policy(container)
	return p == nil || p.Mode != Off && (p.ControlledResources == nil || slices.Contains(p.ControlledResources, resource))
}

// policy returns the policy for a container, nil for none.
func (v *VerticalPodAutoscaler) policy(container string) *ContainerPolicy {
	var others *ContainerPolicy
	for i := range v.Spec.ResourcePolicy.ContainerPolicies {
		switch p := &v.Spec.ResourcePolicy.ContainerPolicies[i]; p.ContainerName {
		case container:
			return p
		case AllContainers:
			others = p
		}
	}
	return others
}
