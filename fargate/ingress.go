package fargate

import (
	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// optedOut is the placement of an object that opts out.
var optedOut = placement.Placement{Reason: "the annotation " + placement.OptOut + " opts it out"}

// ingress decides about an Ingress of the AWS Load Balancer Controller by the Services that it
// leads to.
func (d *decider) ingress(ingress *networkingv1.Ingress) outcome {
	o := outcome{Decision: Decision{Judged: true, Placement: optedOut}}
	if placement.OptedOut(&ingress.ObjectMeta) {
		return o
	}
	namespace := d.namespace()
	class := namespace.ClassOf(ingress)
	if !class.OfController {
		o.Placement = placement.Placement{Reason: "its class is not one of the AWS Load Balancer Controller"}
		return o
	}
	i := &objects.Ingress{Class: class, Backends: namespace.IngressBackends(ingress), Completed: d.completes()}
	i.TargetType, i.HasTargetType = ingress.Annotations[lbc.IngressTargetTypeAnnotation]
	o.Placement = placementOfBackends(i.Backends)
	if objects.IngressTarget.Action(d.settings) != policy.Off {
		ours := map[string]string{lbc.IngressTargetTypeAnnotation: lbc.TargetTypeIP}
		if i.Completed && i.LacksTargetType() {
			o.Patch, _ = addAnnotations(&ingress.ObjectMeta, ours)
		} else if lost := d.lost(&ingress.ObjectMeta, ours); len(lost) > 0 {
			o.Patch, _ = addAnnotations(&ingress.ObjectMeta, lost)
			i.TargetType, i.HasTargetType = lbc.TargetTypeIP, true
		}
	}
	if d.request.Phase != Mutating {
		o.violations = objects.CheckIngress(i, d.settings)
	}
	return o
}

// placementOfBackends returns that of the first Service whose pods run on Fargate.
func placementOfBackends(backends []traffic.Backend) placement.Placement {
	reason := "it leads to no pods on Fargate"
	for i := range backends {
		switch backends[i].OnFargate {
		case traffic.Surely:
			return placementOf(backends[i].Pods)
		case traffic.Possibly:
			reason = "it may lead to pods on Fargate: a profile takes some of those that its Services may select"
		case traffic.Never:
		}
	}
	return placement.Placement{Reason: reason}
}
