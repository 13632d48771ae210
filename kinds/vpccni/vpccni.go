// Package vpccni has the fields of the Amazon VPC CNI's own network policies that decisions use.
package vpccni

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// Group is the API group, of the network policy controller that EKS runs.
	Group = "networking.k8s.aws"
	// Version is the API version.
	Version = "v1alpha1"
	// ApplicationKind is the kind of ApplicationNetworkPolicies.
	ApplicationKind = "ApplicationNetworkPolicy"
	// ClusterKind is the kind of ClusterNetworkPolicies.
	ClusterKind = "ClusterNetworkPolicy"
	// Deny is the action of a rule that forbids traffic; the others allow it or leave it to the
	// policies of namespaces.
	Deny = "Deny"
)

// ApplicationNetworkPolicy is a NetworkPolicy whose peers may also be domain names.
type ApplicationNetworkPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	// Spec has the peers without their domain names.
	Spec networkingv1.NetworkPolicySpec `json:"spec"`
}

// DeepCopyObject returns a deep copy.
func (p *ApplicationNetworkPolicy) DeepCopyObject() runtime.Object {
	out := *p
	p.DeepCopyInto(&out.ObjectMeta)
	p.Spec.DeepCopyInto(&out.Spec)
	return &out
}

// ClusterNetworkPolicy is a policy of the cluster's administrators, which namespaces can't lift.
type ClusterNetworkPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              ClusterSpec `json:"spec"`
}

// ClusterSpec has the fields that decisions use.
type ClusterSpec struct {
	Subject Subject       `json:"subject"`
	Ingress []ClusterRule `json:"ingress,omitempty"`
	Egress  []ClusterRule `json:"egress,omitempty"`
}

// Subject selects the pods: all of the namespaces, or some of them. One field is set.
type Subject struct {
	Namespaces *metav1.LabelSelector `json:"namespaces,omitempty"`
	Pods       *SelectedPods         `json:"pods,omitempty"`
}

// SelectedPods are pods of namespaces.
type SelectedPods struct {
	NamespaceSelector metav1.LabelSelector `json:"namespaceSelector"`
	PodSelector       metav1.LabelSelector `json:"podSelector"`
}

// ClusterRule says what happens to some of the traffic: Accept, [Deny] or Pass.
type ClusterRule struct {
	Action string `json:"action"`
}

// Selectors returns the selectors of the subject's namespaces and of their pods, nil if it has none.
func (s *Subject) Selectors() (namespaces, pods *metav1.LabelSelector) {
	switch {
	case s.Namespaces != nil:
		return s.Namespaces, &metav1.LabelSelector{}
	case s.Pods != nil:
		return &s.Pods.NamespaceSelector, &s.Pods.PodSelector
	}
	return nil, nil
}

// Denies reports whether a rule forbids any traffic.
func (s *ClusterSpec) Denies() bool {
	denies := func(r ClusterRule) bool { return r.Action == Deny }
	return slices.ContainsFunc(s.Ingress, denies) || slices.ContainsFunc(s.Egress, denies)
}

// DeepCopyObject returns a deep copy.
func (p *ClusterNetworkPolicy) DeepCopyObject() runtime.Object {
	out := *p
	p.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Subject.Namespaces = p.Spec.Subject.Namespaces.DeepCopy()
	if pods := p.Spec.Subject.Pods; pods != nil {
		out.Spec.Subject.Pods = &SelectedPods{NamespaceSelector: *pods.NamespaceSelector.DeepCopy(), PodSelector: *pods.PodSelector.DeepCopy()}
	}
	out.Spec.Ingress, out.Spec.Egress = slices.Clone(p.Spec.Ingress), slices.Clone(p.Spec.Egress)
	return &out
}
