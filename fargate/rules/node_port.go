package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// NodePort is about a Service that selects pods on Fargate and that nodes accept traffic for: one
// of type NodePort, or with external IPs. A Fargate node is one pod's own machine and serves no
// node ports (F6.8). Load balancers reach Fargate pods by IP targets only (F6.1), for which a
// ClusterIP Service is enough (F6.10, S25). Node ports of a Service of type LoadBalancer are not
// checked: with IP targets nothing uses them.
var NodePort = &Rule{
	ID:       "node-port",
	Default:  policy.Deny,
	Severity: High,
	Title:    "a NodePort Service selects pods on Fargate",
	What: "A Service of type NodePort whose selector, taken as the labels of a pod in its namespace, selects pods that run on Fargate. It is only warned about where " +
		"pods need further labels for that, since the selector doesn't say whether they have them; where the workloads whose pods it selects are DaemonSets or opt out; and where a Service of any type has external IPs. Node ports of a " +
		"Service of type LoadBalancer are not checked, nor are headless Services and Services without a selector. With nodePortServices: ClusterIP in the policy the " +
		"type is changed instead.",
	Why: "A Fargate node is the machine of one pod and serves neither node ports nor external IPs. EC2 nodes, in a cluster that has some, do, unless " +
		"externalTrafficPolicy is Local. Load balancers reach pods on Fargate by IP targets only, for which a Service of type ClusterIP is enough.",
	Fix:        "use type: ClusterIP; an Ingress with alb.ingress.kubernetes.io/target-type: ip, or a load balancer with IP targets, reaches the pods without a node port",
	References: []string{guideConsiderations, noInstanceTargets},
	Facts:      []string{"F6.1", "F6.8", "F6.10"},
	Check:      Check{Service: nodePort},
}

func nodePort(s *Service) []Violation {
	var found []Violation
	surely := s.Pods.OnFargate == traffic.Surely
	if s.Spec.Type == corev1.ServiceTypeNodePort {
		v := Violation{Field: "spec.type", Problem: nodePortProblem(s), WarnOnly: !surely}
		if !surely {
			v.Fix = "if none of its pods runs on Fargate, add the annotation " + placement.OptOut + " to the Service; otherwise use type: ClusterIP"
		}
		found = keep(found, v)
	}
	if len(s.Spec.ExternalIPs) > 0 && surely {
		found = keep(found, Violation{
			Field:    "spec.externalIPs",
			Problem:  fmt.Sprintf("the Service selects pods that %s, and a Fargate node accepts no traffic for external IPs", s.Pods.RunOnFargate()),
			Fix:      "use a load balancer with IP targets instead",
			WarnOnly: true,
		})
	}
	return found
}

func nodePortProblem(s *Service) string {
	const silent = "a Fargate node serves no node ports"
	if s.Pods.OnFargate != traffic.Surely {
		return "this NodePort Service may select pods that run on Fargate, and " + silent + ": " + s.Pods.Reason
	}
	text := fmt.Sprintf("this NodePort Service selects pods that %s, and %s", s.Pods.RunOnFargate(), silent)
	if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		// No EC2 node runs one of the pods (F6.6).
		text += "; with externalTrafficPolicy: Local no other node does either"
	}
	return text
}
