package fargate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// service judges a Service by the pods that it means. What leads to pods on
// Fargate by the ports of nodes is changed where the policy says so; the rules
// then look at what comes out.
func (j judge) service(service *corev1.Service) Decision {
	place, means := j.meaningOf(service)
	d := Decision{Judged: true, Placement: place}
	if means == meansOthers || isHeadless(service) {
		return d
	}
	after := *service // shallow: what it points to is never written to
	if j.request.Phase != Validating && means == meansFargate {
		j.toClusterIP(&after, &d.Patch)
		j.toPodTargets(&after, &d.Patch)
	}
	if j.request.Phase != Mutating {
		ports, targets := ruleNodePort(), ruleLoadBalancerTarget()
		d.Findings = slices.Concat(
			j.settings.acted(&ports, nodePort(&after, place, means)),
			j.settings.acted(&targets, loadBalancerTarget(&after, place, means)))
	}
	return d
}

// isHeadless reports a Service whose clients go to its pods by themselves: no
// node has a part in that (F6.10).
func isHeadless(service *corev1.Service) bool {
	return service.Spec.ClusterIP == corev1.ClusterIPNone
}
