package objects

import (
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// NodePort is about a Service that selects pods on Fargate and that nodes accept traffic for: one
// of type NodePort, or with external IPs. A Fargate node is one pod's own machine and serves no
// node ports (F6.8). Load balancers reach Fargate pods by IP targets only (F6.1), for which a
// ClusterIP Service is enough (F6.10, S25). Node ports of a Service of type LoadBalancer are not
// checked: with IP targets nothing uses them.
var NodePort = &rules.Rule{
	ID:       "node-port",
	Default:  policy.Deny,
	Severity: rules.High,
	Title:    "a NodePort Service selects pods on Fargate",
	What: "A Service of type NodePort that selects pods of a known workload which run on Fargate or, where no workload of such pods is known, whose selector, taken as " +
		"the labels of a pod in its namespace, would take that pod to Fargate. It is only warned about where none of the known workloads runs there; where pods need further " +
		"labels for that, since the selector doesn't say whether they have them; where workloads can't be looked up; and where a Service of any type has external IPs. With " +
		"nodes: FargateOnly in the policy every NodePort Service that selects pods is refused. Node ports of a " +
		"Service of type LoadBalancer are not checked, nor are headless Services and Services without a selector. With nodePortServices: ClusterIP in the policy the " +
		"type is changed instead.",
	Why: "A Fargate node is the machine of one pod and serves neither node ports nor external IPs. EC2 nodes, in a cluster that has some, do, unless " +
		"externalTrafficPolicy is Local. Load balancers reach pods on Fargate by IP targets only, for which a Service of type ClusterIP is enough.",
	Fix:        "use type: ClusterIP; an Ingress with alb.ingress.kubernetes.io/target-type: ip, or a load balancer with IP targets, reaches the pods without a node port" + orOptOut + "Service",
	References: []string{rules.GuideConsiderations, noInstanceTargets},
	Facts:      []string{"F6.1", "F6.8", "F6.10"},
	Check:      rules.About(nodePort),
}

func nodePort(s *Service) []rules.Violation {
	var found []rules.Violation
	surely := s.Pods.Certain()
	if s.Spec.Type == corev1.ServiceTypeNodePort {
		v := rules.Violation{Field: "spec.type", Problem: nodePortProblem(s), WarnOnly: !surely}
		if !surely {
			v.Fix = "if none of its pods runs on Fargate, add the annotation " + placement.OptOut + " to the Service; otherwise use type: ClusterIP"
		}
		found = rules.Keep(found, v)
	}
	if len(s.Spec.ExternalIPs) > 0 && surely {
		found = rules.Keep(found, rules.Violation{
			Field:    "spec.externalIPs",
			Problem:  s.Pods.Because("the Service") + ", and a Fargate node accepts no traffic for external IPs",
			Fix:      "use a load balancer with IP targets instead" + orOptOut + "Service",
			WarnOnly: true,
		})
	}
	return found
}

func nodePortProblem(s *Service) string {
	const silent = "a Fargate node serves no node ports"
	if !s.Pods.Certain() {
		return "this NodePort Service may select pods that run on Fargate, and " + silent + ": " + s.Pods.Reason
	}
	text := s.Pods.Because("this NodePort Service") + ", and " + silent
	if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		// No EC2 node runs one of the pods (F6.6).
		text += "; with externalTrafficPolicy: Local no other node does either"
	}
	return text
}
