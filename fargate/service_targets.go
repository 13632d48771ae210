package fargate

import (
	"maps"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/lbc"
)

// balancer is what a Service says of its load balancer. The AWS Load Balancer
// Controller takes values exactly as they are written: " ip" and "IP" are not
// "ip", and one that is there but empty counts as said.
type balancer struct {
	class                  string
	provider, target       string
	hasProvider, hasTarget bool
}

// balancerOf reads a Service of type LoadBalancer. ok is false for other types,
// and for classes of others than the controller: EKS Auto Mode's, those of other
// vendors (F6.3).
func balancerOf(service *corev1.Service) (b balancer, ok bool) {
	if service.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return balancer{}, false
	}
	if class := service.Spec.LoadBalancerClass; class != nil {
		b.class = *class
	}
	b.provider, b.hasProvider = service.Annotations[lbc.ServiceTypeAnnotation]
	b.target, b.hasTarget = service.Annotations[lbc.ServiceTargetTypeAnnotation]
	return b, b.class == "" || b.class == lbc.ServiceClass
}

// hasPods reports that the controller has pods for targets (F6.2).
func (b *balancer) hasPods() bool {
	return b.provider == lbc.TypeNLBIP || b.target == lbc.TargetTypeIP
}

// isControllers reports that the controller, and not the provider in
// Kubernetes' own tree, makes the load balancer whatever is installed (F6.3).
func (b *balancer) isControllers() bool {
	return b.class == lbc.ServiceClass || b.provider == lbc.TypeExternal || b.provider == lbc.TypeNLBIP
}

// lacking are the annotations without which a new Service doesn't get a load
// balancer of the controller's with pods for targets. What is said is never
// changed, and none are lacking where it speaks against pods.
func (b *balancer) lacking() map[string]string {
	if b.hasTarget && !b.hasPods() {
		return nil
	}
	add := map[string]string{}
	if !b.hasPods() {
		add[lbc.ServiceTargetTypeAnnotation] = lbc.TargetTypeIP
	}
	if !b.hasProvider && !b.isControllers() {
		add[lbc.ServiceTypeAnnotation] = lbc.TypeExternal
	}
	return add
}

// toPodTargets adds the annotations that a new Service of type LoadBalancer
// lacks. On one that exists they would leave the load balancer behind that it
// has (F6.3).
func (j judge) toPodTargets(service *corev1.Service, patch *Patch) {
	rule := ruleLoadBalancerTarget()
	b, ok := balancerOf(service)
	if !ok || !j.completes() || j.settings.action(&rule) == ActionOff {
		return
	}
	add := b.lacking()
	patch.setStrings("/metadata/annotations", service.Annotations, add)
	all := maps.Clone(service.Annotations)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, add)
	service.Annotations = all
}
