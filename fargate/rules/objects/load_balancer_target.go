package objects

import (
	"fmt"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// LoadBalancerTarget is about a Service of type LoadBalancer that selects pods on Fargate, which
// only targets of type ip reach (F6.1). The annotation
// service.beta.kubernetes.io/aws-load-balancer-nlb-target-type has to be ip, or
// aws-load-balancer-type nlb-ip (F6.2). Load balancer classes of others than the AWS Load Balancer
// Controller are left alone (F6.3, S25).
var LoadBalancerTarget = &rules.Rule{
	ID:       "load-balancer-target",
	Default:  policy.Deny,
	Severity: rules.High,
	Title:    "a load balancer uses node ports as targets for pods on Fargate",
	What: "A Service of type LoadBalancer whose pods run on Fargate (rule node-port says how that is known), unless its spec.loadBalancerClass is another than " + lbc.ServiceClass +
		". The annotation " + lbc.ServiceTargetTypeAnnotation + " must be ip, in exactly this spelling, or " + lbc.ServiceTypeAnnotation + " nlb-ip; any other value " +
		"is refused. Where none is set, a new Service gets " + lbc.ServiceTargetTypeAnnotation + ": ip, and " + lbc.ServiceTypeAnnotation + ": external unless that " +
		"or the class says which controller provides the load balancer; later updates keep what was added. Without the AWS Load Balancer Controller in the cluster " +
		"nothing is added. It is only warned about then, where the load balancer may have no IP targets all the same, where it becomes an internal one because of the " +
		"annotation external, and where it isn't certain that its pods run on Fargate: none of the known workloads does, others need further labels, or they can't be looked " +
		"up. With the rule Off nothing is added.",
	Why: "Load balancers reach pods on Fargate by IP targets only. With targets of type instance the AWS Load Balancer Controller leaves Fargate nodes out: a cluster " +
		"with Fargate only has an empty target group; a mixed one sends the traffic through node ports of EC2 nodes, none of which answers when " +
		"externalTrafficPolicy is Local. The in-tree cloud provider has no IP targets. The annotation external assigns the Service to the controller, whose load balancers are " +
		"internal unless " + lbc.ServiceSchemeAnnotation + " is internet-facing.",
	Fix: "add the annotation " + lbc.ServiceTargetTypeAnnotation + ": ip; don't add or change " + lbc.ServiceTypeAnnotation + " on a Service that has a load balancer, " +
		"which would be left behind: create a new Service instead" + orOptOut + "Service",
	References: []string{
		rules.GuideConsiderations,
		"AWS Load Balancer Controller, “Network Load Balancer” and its annotations",
		"https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1884",
		"https://github.com/aws/aws-app-mesh-examples/issues/369",
	},
	Facts: []string{"F6.1", "F6.2", "F6.3", "F6.11", "F6.12"},
	Check: rules.About(loadBalancerTarget),
}

func loadBalancerTarget(s *Service) []rules.Violation {
	b, ok := traffic.LoadBalancerOf(s.Service)
	switch {
	case !ok:
		return nil
	case b.HasTargetType && !b.HasIPTargets():
		return []rules.Violation{otherTargets(s, &b)}
	case !s.Pods.Certain() && s.Pods.Unknown != "" && !b.HasIPTargets():
		return []rules.Violation{{
			Field:    "metadata.annotations",
			Problem:  s.Pods.Unknown + "; where they run on Fargate, its load balancer reaches them only with the annotation " + lbc.ServiceTargetTypeAnnotation + ": ip",
			WarnOnly: true,
		}}
	case !s.Pods.Certain():
		return nil
	case s.NoController != "":
		return []rules.Violation{{
			Field:    "spec.type",
			Problem:  fmt.Sprintf("%s, and only its load balancers reach pods on Fargate: %s", s.NoController, s.Pods.Because("the Service")),
			Fix:      "install it, and create the Service again" + orOptOut + "Service",
			WarnOnly: true,
		}}
	case !b.HasIPTargets():
		return []rules.Violation{{
			Field: "metadata.annotations",
			Problem: fmt.Sprintf("without the annotation %s: ip its load balancer doesn't reach pods on Fargate: %s",
				lbc.ServiceTargetTypeAnnotation, s.Pods.Because("the Service")),
			Fix: fmt.Sprintf("add the annotation %s: ip and, if it has no load balancer yet, %s: external",
				lbc.ServiceTargetTypeAnnotation, lbc.ServiceTypeAnnotation) + orOptOut + "Service",
			WarnOnly: true,
		}}
	case !b.OfController():
		said := "without the annotation " + lbc.ServiceTypeAnnotation
		if b.HasType {
			said = fmt.Sprintf("with the annotation %s: %q", lbc.ServiceTypeAnnotation, b.Type)
		}
		return []rules.Violation{{
			Field:    rules.AnnotationField(lbc.ServiceTypeAnnotation),
			Problem:  said + " its load balancer has IP targets only if the AWS Load Balancer Controller provides it: the in-tree cloud provider has none",
			Fix:      fmt.Sprintf("create it with %s: external, or with spec.loadBalancerClass: %s", lbc.ServiceTypeAnnotation, lbc.ServiceClass),
			WarnOnly: true,
		}}
	case s.TypeAdded && !statesScheme(s):
		return []rules.Violation{{
			Field:    rules.AnnotationField(lbc.ServiceSchemeAnnotation),
			Problem:  fmt.Sprintf("its load balancer will be internal; for an internet-facing one add %s: %s", lbc.ServiceSchemeAnnotation, lbc.SchemeInternetFacing),
			Fix:      fmt.Sprintf("add the annotation %s: %s, or internal to keep it so", lbc.ServiceSchemeAnnotation, lbc.SchemeInternetFacing),
			WarnOnly: true,
		}}
	}
	return nil
}

// statesScheme reports whether a Service says who reaches its load balancer: everybody, or the VPC.
func statesScheme(s *Service) bool {
	_, scheme := s.Annotations[lbc.ServiceSchemeAnnotation]
	_, internal := s.Annotations[lbc.ServiceInternalAnnotation]
	return scheme || internal
}

// otherTargets is about targets that are set to something else than pods.
func otherTargets(s *Service, b *traffic.LoadBalancer) rules.Violation {
	surely, pods := s.Pods.Certain(), s.Pods.Reason
	if surely {
		pods = s.Pods.Because("the Service")
	}
	text := fmt.Sprintf("the annotation %s must be ip, not %q: %s, and only IP targets reach pods on Fargate", lbc.ServiceTargetTypeAnnotation, b.TargetType, pods)
	if allocates := s.Spec.AllocateLoadBalancerNodePorts; allocates != nil && !*allocates {
		// Only IP targets work without node ports (F6.9).
		text += "; it has no node ports either: spec.allocateLoadBalancerNodePorts is false"
	}
	return rules.Violation{Field: rules.AnnotationField(lbc.ServiceTargetTypeAnnotation), Problem: text, WarnOnly: !surely}
}
