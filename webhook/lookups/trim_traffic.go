package lookups

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds/lbc"
)

// trimTraffic returns the selectors and the few other fields that decisions use of Services,
// Ingress classes, budgets and policies.
func trimTraffic(object any) any {
	switch o := object.(type) {
	case *corev1.Service:
		return &corev1.Service{
			ObjectMeta: trimMeta(&o.ObjectMeta, placement.ComputeTypeKey, lbc.IngressTargetTypeAnnotation),
			Spec:       corev1.ServiceSpec{Type: o.Spec.Type, Selector: o.Spec.Selector},
		}
	case *policyv1.PodDisruptionBudget:
		return &policyv1.PodDisruptionBudget{ObjectMeta: trimMeta(&o.ObjectMeta), Spec: policyv1.PodDisruptionBudgetSpec{Selector: o.Spec.Selector}}
	case *networkingv1.NetworkPolicy:
		return &networkingv1.NetworkPolicy{ObjectMeta: trimMeta(&o.ObjectMeta), Spec: networkingv1.NetworkPolicySpec{PodSelector: o.Spec.PodSelector}}
	case *networkingv1.IngressClass:
		return &networkingv1.IngressClass{ObjectMeta: trimMeta(&o.ObjectMeta, networkingv1.AnnotationIsDefaultIngressClass), Spec: o.Spec}
	}
	return trimWorkload(object)
}
