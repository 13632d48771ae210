// Package podidentity has the fields of PodIdentityAssociations of the AWS Controllers for
// Kubernetes (ACK) that decisions use.
package podidentity

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// Group is the API group.
	Group = "eks.services.k8s.aws"
	// Version is the API version.
	Version = "v1alpha1"
	// Kind is the kind.
	Kind = "PodIdentityAssociation"
	// Resource is the resource.
	Resource = "podidentityassociations"
)

// Association gives the pods of a ServiceAccount a role by EKS Pod Identity.
type Association struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec `json:"spec"`
}

// Spec names the ServiceAccount, which may be in another namespace than the association.
type Spec struct {
	Namespace      string `json:"namespace,omitempty"`
	ServiceAccount string `json:"serviceAccount,omitempty"`
}

// DeepCopyObject returns a deep copy.
func (a *Association) DeepCopyObject() runtime.Object {
	out := *a
	a.DeepCopyInto(&out.ObjectMeta)
	return &out
}
