package fargate

import (
	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/lbc"
)

// ingress judges an Ingress of the AWS Load Balancer Controller by the Services
// that it leads to.
func (j judge) ingress(ingress *networkingv1.Ingress) Decision {
	d := Decision{Judged: true}
	if optedOut(&ingress.ObjectMeta) {
		d.Placement.Reason = optedOutReason
		return d
	}
	class := j.classOf(ingress)
	if !class.balanced {
		d.Placement.Reason = "its class is not one of the AWS Load Balancer Controller"
		return d
	}
	b := balancedIngress{class: class, targets: j.ingressTargets(ingress), completed: j.completes()}
	b.said, b.says = ingress.Annotations[lbc.IngressTargetTypeAnnotation]
	d.Placement = placementOf(b.targets)
	rule := ruleIngressTarget()
	if j.settings.action(&rule) == ActionOff {
		return d
	}
	if b.completed && b.lacksTargetType() {
		d.Patch.setStrings("/metadata/annotations", ingress.Annotations, map[string]string{lbc.IngressTargetTypeAnnotation: lbc.TargetTypeIP})
	}
	if j.request.Phase != Mutating {
		d.Findings = j.settings.acted(&rule, b.findings())
	}
	return d
}

// placementOf is that of the first target that means pods on Fargate.
func placementOf(targets []target) Placement {
	reason := "it leads to no pods on Fargate"
	for i := range targets {
		switch t := &targets[i]; t.meaning {
		case meansFargate:
			return t.place
		case mayMeanFargate:
			reason = "it may lead to pods on Fargate: a profile takes some of those that its Services may select"
		case meansOthers:
		}
	}
	return Placement{Reason: reason}
}
