package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/lbc"
)

// RuleLoadBalancerTarget is about a Service of type LoadBalancer that selects
// pods on Fargate, which only targets of type ip reach (F6.1). The annotation
// service.beta.kubernetes.io/aws-load-balancer-nlb-target-type has to be ip, or
// that of the type nlb-ip (F6.2); spec.loadBalancerClass of anything but the AWS
// Load Balancer Controller is left alone (F6.3, S25).
const RuleLoadBalancerTarget RuleID = "load-balancer-target"

func ruleLoadBalancerTarget() Rule {
	const kind, target = lbc.ServiceTypeAnnotation, lbc.ServiceTargetTypeAnnotation
	return Rule{
		ID:      RuleLoadBalancerTarget,
		Default: ActionDeny,
		Title:   "a load balancer has node ports for targets, and pods on Fargate behind them",
		What: "A Service of type LoadBalancer whose selector means pods that a Fargate profile takes, unless its spec.loadBalancerClass is another " +
			"than " + lbc.ServiceClass + ". The annotation " + target + " must be ip, written just so, or " + kind + " nlb-ip; any other value refuses it. " +
			"Where nothing is said, a new Service gets " + target + ": ip, and " + kind + ": external if neither that nor the class says whose load " +
			"balancer it is; one that exists is never changed. It is only warned of where its load balancer may be one without IP targets all the same, " +
			"and where the selector doesn't tell whether its pods run on Fargate. With the rule Off nothing is added.",
		Why: "Load balancers reach pods on Fargate by IP targets only. With targets of type instance the AWS Load Balancer Controller leaves Fargate " +
			"nodes out: a cluster of Fargate alone has an empty target group; a mixed one sends the traffic through node ports of EC2 nodes, and none " +
			"of those answers when externalTrafficPolicy is Local. Kubernetes' own provider knows no IP targets. The annotation external hands the " +
			"Service to the controller: a cluster that doesn't run it makes no load balancer then, so switch the rule off there. The controller's " +
			"load balancers are internal unless service.beta.kubernetes.io/aws-load-balancer-scheme says internet-facing.",
		Sources: []string{
			"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations",
			"AWS Load Balancer Controller, “Network Load Balancer” and its annotations",
			"https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1884",
			"https://github.com/aws/aws-app-mesh-examples/issues/369",
		},
		Remedy: "annotate it with " + target + ": ip; don't add or change " + kind + " on a Service that has a load balancer, which would be " +
			"left behind: make a new Service instead",
	}
}

func loadBalancerTarget(service *corev1.Service, place Placement, means meaning) []Finding {
	b, ok := balancerOf(service)
	switch {
	case !ok:
		return nil
	case b.hasTarget && !b.hasPods():
		return []Finding{nodeTargets(service, &b, place, means)}
	case means != meansFargate:
		return nil
	case !b.hasPods():
		return []Finding{{
			Field: "metadata.annotations",
			Message: fmt.Sprintf("without %s: ip its load balancer doesn't reach the pods that Fargate profile %q takes",
				lbc.ServiceTargetTypeAnnotation, place.Profile),
			Remedy: fmt.Sprintf("annotate it with %s: ip and, if it has no load balancer yet, %s: external", lbc.ServiceTargetTypeAnnotation, lbc.ServiceTypeAnnotation),
			mild:   true,
		}}
	case !b.isControllers():
		said := "without " + lbc.ServiceTypeAnnotation
		if b.hasProvider {
			said = fmt.Sprintf("with %s %q", lbc.ServiceTypeAnnotation, b.provider)
		}
		return []Finding{{
			Field:   annotationField(lbc.ServiceTypeAnnotation),
			Message: said + " it has IP targets only if the AWS Load Balancer Controller takes it: Kubernetes' own provider has none",
			Remedy:  fmt.Sprintf("create it with %s: external, or with spec.loadBalancerClass: %s", lbc.ServiceTypeAnnotation, lbc.ServiceClass),
			mild:    true,
		}}
	}
	return nil
}

// nodeTargets is about targets that are said not to be pods.
func nodeTargets(service *corev1.Service, b *balancer, place Placement, means meaning) Finding {
	whose := fmt.Sprintf("Fargate profile %q takes its pods", place.Profile)
	if means != meansFargate {
		whose = place.Reason
	}
	message := fmt.Sprintf("%s is %q, and not ip: %s, which are reached by IP targets only", lbc.ServiceTargetTypeAnnotation, b.target, whose)
	if allocates := service.Spec.AllocateLoadBalancerNodePorts; allocates != nil && !*allocates {
		// Only IP targets do without (F6.9).
		message += "; nor has it node ports: spec.allocateLoadBalancerNodePorts is false"
	}
	return Finding{Field: annotationField(lbc.ServiceTargetTypeAnnotation), Message: message, mild: means != meansFargate}
}

func annotationField(key string) string {
	return "metadata.annotations[" + key + "]"
}
