// Package sgp has the fields of SecurityGroupPolicies that decisions use.
package sgp

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// Group is the API group, of the VPC resource controller that EKS runs.
	Group = "vpcresources.k8s.aws"
	// Version is the API version.
	Version = "v1beta1"
	// Kind is the kind.
	Kind = "SecurityGroupPolicy"
	// Resource is the resource.
	Resource = "securitygrouppolicies"
	// MaxGroups is how many security groups a pod may have (F10.4).
	MaxGroups = 5
)

// SecurityGroupPolicy gives security groups to the pods that it selects.
type SecurityGroupPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec `json:"spec"`
}

// Spec has the fields that decisions use.
type Spec struct {
	// PodSelector and ServiceAccountSelector select pods; with both a pod must meet both.
	PodSelector            *metav1.LabelSelector `json:"podSelector,omitempty"`
	ServiceAccountSelector *metav1.LabelSelector `json:"serviceAccountSelector,omitempty"`
	SecurityGroups         SecurityGroups        `json:"securityGroups"`
}

// SecurityGroups are those that the pods get.
type SecurityGroups struct {
	GroupIDs []string `json:"groupIds,omitempty"`
}

// DeepCopyObject returns a deep copy.
func (p *SecurityGroupPolicy) DeepCopyObject() runtime.Object {
	out := *p
	p.DeepCopyInto(&out.ObjectMeta)
	out.Spec.PodSelector = p.Spec.PodSelector.DeepCopy()
	out.Spec.ServiceAccountSelector = p.Spec.ServiceAccountSelector.DeepCopy()
	out.Spec.SecurityGroups.GroupIDs = slices.Clone(p.Spec.SecurityGroups.GroupIDs)
	return &out
}
