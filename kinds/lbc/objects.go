package lbc

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// IngressClassParams are settings of an IngressClass. What they say of targets
// holds over what an Ingress of the class says (F6.4).
type IngressClassParams struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              IngressClassParamsSpec `json:"spec"`
}

// IngressClassParamsSpec is what is used of its spec.
type IngressClassParamsSpec struct {
	// TargetType is empty where it is left to each Ingress.
	TargetType string `json:"targetType,omitempty"`
}

// DeepCopyObject copies it.
func (p *IngressClassParams) DeepCopyObject() runtime.Object {
	out := *p
	p.DeepCopyInto(&out.ObjectMeta)
	return &out
}

// TargetGroupConfiguration says how the pods of a Service become targets for
// routes of the Gateway API (F6.5).
type TargetGroupConfiguration struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              TargetGroupConfigurationSpec `json:"spec"`
}

// TargetGroupConfigurationSpec is what is used of its spec.
type TargetGroupConfigurationSpec struct {
	// TargetReference names the Service; without one it is for a gateway.
	TargetReference *Reference `json:"targetReference,omitempty"`
	// DefaultConfiguration is nil when the field isn't there.
	DefaultConfiguration *TargetGroupProps    `json:"defaultConfiguration,omitempty"`
	RouteConfigurations  []RouteConfiguration `json:"routeConfigurations,omitempty"`
}

// Reference names an object of the same namespace. Its group is not looked at,
// as the controller doesn't either.
type Reference struct {
	// Kind is a Service where it isn't there.
	Kind *string `json:"kind,omitempty"`
	Name string  `json:"name"`
}

// IsService reports whether there is one and it names a Service.
func (r *Reference) IsService() bool {
	return r != nil && (r.Kind == nil || *r.Kind == "Service")
}

// RouteConfiguration holds for some routes only.
type RouteConfiguration struct {
	// TargetGroupProps is nil when the field isn't there.
	TargetGroupProps *TargetGroupProps `json:"targetGroupProps,omitempty"`
}

// TargetGroupProps is what is used of the settings of a target group.
type TargetGroupProps struct {
	// TargetType is nil where nothing is said.
	TargetType *string `json:"targetType,omitempty"`
}

// DeepCopyObject copies it.
func (c *TargetGroupConfiguration) DeepCopyObject() runtime.Object {
	out := *c
	c.DeepCopyInto(&out.ObjectMeta)
	out.Spec.TargetReference = c.Spec.TargetReference.copy()
	out.Spec.DefaultConfiguration = c.Spec.DefaultConfiguration.copy()
	out.Spec.RouteConfigurations = slices.Clone(c.Spec.RouteConfigurations)
	for i := range out.Spec.RouteConfigurations {
		route := &out.Spec.RouteConfigurations[i]
		route.TargetGroupProps = route.TargetGroupProps.copy()
	}
	return &out
}

func (r *Reference) copy() *Reference {
	if r == nil {
		return nil
	}
	return &Reference{Kind: pointerCopy(r.Kind), Name: r.Name}
}

func (p *TargetGroupProps) copy() *TargetGroupProps {
	if p == nil {
		return nil
	}
	return &TargetGroupProps{TargetType: pointerCopy(p.TargetType)}
}

func pointerCopy(s *string) *string {
	if s == nil {
		return nil
	}
	out := *s
	return &out
}
