package traffic

import (
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/kinds/lbc"
)

// LoadBalancer is what a Service says of its load balancer. The AWS Load Balancer Controller takes
// values exactly as they are written: " ip" and "IP" are not "ip", and an empty value counts as
// set.
type LoadBalancer struct {
	Class string
	// Type is the annotation that says which controller provides it, and TargetType the one that
	// says what its targets are. Has… is false where there is none.
	Type, TargetType       string
	HasType, HasTargetType bool
}

// LoadBalancerOf reads a Service of type LoadBalancer. ok is false for other types, and for load
// balancer classes of others than the AWS Load Balancer Controller: EKS Auto Mode, other vendors
// (F6.3).
func LoadBalancerOf(service *corev1.Service) (b LoadBalancer, ok bool) {
	if service.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return LoadBalancer{}, false
	}
	if class := service.Spec.LoadBalancerClass; class != nil {
		b.Class = *class
	}
	b.Type, b.HasType = service.Annotations[lbc.ServiceTypeAnnotation]
	b.TargetType, b.HasTargetType = service.Annotations[lbc.ServiceTargetTypeAnnotation]
	return b, b.Class == "" || b.Class == lbc.ServiceClass
}

// HasIPTargets reports that its targets are pods (F6.2).
func (b *LoadBalancer) HasIPTargets() bool {
	return b.Type == lbc.TypeNLBIP || b.TargetType == lbc.TargetTypeIP
}

// OfController reports that the AWS Load Balancer Controller provides it, and not the in-tree cloud
// provider, whatever is installed (F6.3).
func (b *LoadBalancer) OfController() bool {
	return b.Class == lbc.ServiceClass || b.Type == lbc.TypeExternal || b.Type == lbc.TypeNLBIP
}

// Lacking returns the annotations that a new Service lacks for a load balancer of the controller
// with IP targets. What the Service sets is never changed, and nothing is lacking where it sets
// other targets.
func (b *LoadBalancer) Lacking() map[string]string {
	if b.HasTargetType && !b.HasIPTargets() {
		return nil
	}
	add := map[string]string{}
	if !b.HasIPTargets() {
		add[lbc.ServiceTargetTypeAnnotation] = lbc.TargetTypeIP
	}
	if !b.HasType && !b.OfController() {
		add[lbc.ServiceTypeAnnotation] = lbc.TypeExternal
	}
	return add
}
