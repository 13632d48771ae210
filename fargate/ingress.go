package fargate

import networkingv1 "k8s.io/api/networking/v1"

// ingress judges an Ingress by the Services that it leads to.
func (j judge) ingress(*networkingv1.Ingress) Decision {
	return Decision{Judged: true, Placement: Placement{Reason: "it leads to no pods on Fargate"}}
}
