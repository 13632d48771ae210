package lbc

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// LoadBalancerKind is the kind of LoadBalancerConfigurations.
	LoadBalancerKind = "LoadBalancerConfiguration"
	// LoadBalancerResource is their resource.
	LoadBalancerResource = "loadbalancerconfigurations"
	// ALBController and NLBController are the spec.controllerName of its GatewayClasses.
	ALBController = "gateway.k8s.aws/alb"
	// NLBController is that of classes for network load balancers.
	NLBController = "gateway.k8s.aws/nlb"
	// PreferGateway is the merging mode in which what a Gateway sets counts more than what its
	// class does.
	PreferGateway = "prefer-gateway"
)

// LoadBalancerConfiguration has the parameters of a Gateway, or of all of a class.
type LoadBalancerConfiguration struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              LoadBalancerSpec `json:"spec"`
}

// LoadBalancerSpec has the fields that decisions use.
type LoadBalancerSpec struct {
	// MergingMode is read from that of the class only; empty for its default, where the class
	// counts more.
	MergingMode string `json:"mergingMode,omitempty"`
	// DefaultTargetGroupConfiguration names a TargetGroupConfiguration of the same namespace, which
	// holds for Services that have none of their own; nil for none.
	DefaultTargetGroupConfiguration *Reference `json:"defaultTargetGroupConfiguration,omitempty"`
}

// DeepCopyObject returns a deep copy.
func (c *LoadBalancerConfiguration) DeepCopyObject() runtime.Object {
	out := *c
	c.DeepCopyInto(&out.ObjectMeta)
	out.Spec.DefaultTargetGroupConfiguration = c.Spec.DefaultTargetGroupConfiguration.copy()
	return &out
}
