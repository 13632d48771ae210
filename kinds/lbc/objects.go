package lbc

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// IngressClassParams are settings of an IngressClass. Their target type overrides that of each
// Ingress of the class (F6.4).
type IngressClassParams struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              IngressClassParamsSpec `json:"spec"`
}

// IngressClassParamsSpec has the fields that decisions use.
type IngressClassParamsSpec struct {
	// TargetType is empty if each Ingress sets its own.
	TargetType string `json:"targetType,omitempty"`
}

// DeepCopyObject returns a deep copy.
func (p *IngressClassParams) DeepCopyObject() runtime.Object {
	out := *p
	p.DeepCopyInto(&out.ObjectMeta)
	return &out
}

// TargetGroupConfiguration configures the targets of a Service for routes of the Gateway API
// (F6.5).
type TargetGroupConfiguration struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              TargetGroupConfigurationSpec `json:"spec"`
}

// TargetGroupConfigurationSpec has the fields that decisions use.
type TargetGroupConfigurationSpec struct {
	// TargetReference names the Service; nil for the configuration of a gateway.
	TargetReference *Reference `json:"targetReference,omitempty"`
	// DefaultConfiguration holds for all routes; nil if the field is missing.
	DefaultConfiguration *TargetGroupProps    `json:"defaultConfiguration,omitempty"`
	RouteConfigurations  []RouteConfiguration `json:"routeConfigurations,omitempty"`
}

// Reference names an object of the same namespace. Like the controller we ignore its group.
type Reference struct {
	// Kind defaults to Service.
	Kind *string `json:"kind,omitempty"`
	Name string  `json:"name"`
}

// IsService reports whether it names a Service; false for nil.
func (r *Reference) IsService() bool {
	return r != nil && (r.Kind == nil || *r.Kind == "Service")
}

// RouteConfiguration overrides the default for some routes.
type RouteConfiguration struct {
	// TargetGroupProps is nil if the field is missing.
	TargetGroupProps *TargetGroupProps `json:"targetGroupProps,omitempty"`
}

// TargetGroupProps has the settings of a target group that decisions use.
type TargetGroupProps struct {
	// TargetType is nil if the field is missing.
	TargetType *string `json:"targetType,omitempty"`
}

// DeepCopyObject returns a deep copy.
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
