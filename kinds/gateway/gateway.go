// Package gateway has the fields of the Kubernetes Gateway API that decisions use.
package gateway

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// Group is the API group.
	Group = "gateway.networking.k8s.io"
	// Version is that of Gateways and classes; routes have older ones too.
	Version = "v1"
	// Kind is the kind of Gateways.
	Kind = "Gateway"
	// ClassKind is the kind of GatewayClasses.
	ClassKind = "GatewayClass"
)

// Gateway is a load balancer.
type Gateway struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec `json:"spec"`
}

// Spec has the fields that decisions use.
type Spec struct {
	ClassName      string         `json:"gatewayClassName"`
	Infrastructure Infrastructure `json:"infrastructure"`
}

// Infrastructure has the parameters of one Gateway.
type Infrastructure struct {
	// ParametersRef names an object of the Gateway's own namespace; nil for none.
	ParametersRef *ParametersRef `json:"parametersRef,omitempty"`
}

// ParametersRef names the object that has a controller's parameters.
type ParametersRef struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// Class says which controller makes load balancers of its Gateways.
type Class struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              ClassSpec `json:"spec"`
}

// ClassSpec has the fields that decisions use.
type ClassSpec struct {
	ControllerName string         `json:"controllerName"`
	ParametersRef  *ParametersRef `json:"parametersRef,omitempty"`
}

// Route is an HTTPRoute, GRPCRoute, TCPRoute, TLSRoute or UDPRoute: what they share.
type Route struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              RouteSpec `json:"spec"`
}

// RouteSpec has the fields that decisions use.
type RouteSpec struct {
	ParentRefs []Reference `json:"parentRefs,omitempty"`
	Rules      []Rule      `json:"rules,omitempty"`
}

// Rule sends some of the traffic to Services.
type Rule struct {
	BackendRefs []Reference `json:"backendRefs,omitempty"`
}

// Reference names an object, of the route's namespace if it names none. What it refers to has a
// default, a Gateway or a Service.
type Reference struct {
	Group     *string `json:"group,omitempty"`
	Kind      *string `json:"kind,omitempty"`
	Name      string  `json:"name"`
	Namespace *string `json:"namespace,omitempty"`
}

// IsGateway reports whether a parent is a Gateway.
func (r *Reference) IsGateway() bool { return r.is(Group, Kind) }

// IsService reports whether a backend is a Service of the route's namespace.
func (r *Reference) IsService(namespace string) bool {
	return r.is("", "Service") && r.In(namespace) == namespace
}

func (r *Reference) is(group, kind string) bool {
	return (r.Group == nil || *r.Group == group) && (r.Kind == nil || *r.Kind == kind)
}

// In returns the namespace of the object, for a reference in a namespace.
func (r *Reference) In(namespace string) string {
	if r.Namespace == nil {
		return namespace
	}
	return *r.Namespace
}

// DeepCopyObject returns a deep copy.
func (g *Gateway) DeepCopyObject() runtime.Object {
	out := *g
	g.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Infrastructure.ParametersRef = pointerCopy(g.Spec.Infrastructure.ParametersRef)
	return &out
}

// DeepCopyObject returns a deep copy.
func (c *Class) DeepCopyObject() runtime.Object {
	out := *c
	c.DeepCopyInto(&out.ObjectMeta)
	out.Spec.ParametersRef = pointerCopy(c.Spec.ParametersRef)
	return &out
}

// DeepCopyObject returns a deep copy.
func (r *Route) DeepCopyObject() runtime.Object {
	out := *r
	r.DeepCopyInto(&out.ObjectMeta)
	out.Spec.ParentRefs = copies(r.Spec.ParentRefs)
	out.Spec.Rules = slices.Clone(r.Spec.Rules)
	for i := range out.Spec.Rules {
		out.Spec.Rules[i].BackendRefs = copies(r.Spec.Rules[i].BackendRefs)
	}
	return &out
}

func copies(references []Reference) []Reference {
	out := slices.Clone(references)
	for i := range out {
		r := &out[i]
		r.Group, r.Kind, r.Namespace = pointerCopy(r.Group), pointerCopy(r.Kind), pointerCopy(r.Namespace)
	}
	return out
}

func pointerCopy[T any](p *T) *T {
	if p == nil {
		return nil
	}
	out := *p
	return &out
}
