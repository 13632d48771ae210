package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// RuleNodePort is about a Service that selects pods on Fargate and that nodes
// take traffic for: one of type NodePort, or with external IPs. A Fargate node
// is one pod's own machine and answers on no node port (F6.8); load balancers
// reach Fargate pods by IP targets only (F6.1), for which a ClusterIP Service
// does (F6.10, S25). Node ports of a Service of type LoadBalancer are not looked
// at: with IP targets nothing uses them.
const RuleNodePort RuleID = "node-port"

func ruleNodePort() Rule {
	return Rule{
		ID:      RuleNodePort,
		Default: ActionDeny,
		Title:   "a NodePort Service selects pods on Fargate",
		What: "A Service of type NodePort whose selector, taken as the labels of a pod in its namespace, means pods that a Fargate profile " +
			"takes. It is only warned of where pods need further labels for that, since the selector doesn't tell whether they have them, and of " +
			"external IPs on a Service of any type. Node ports of a Service of type LoadBalancer are not looked at, nor are headless Services and " +
			"those without a selector. With nodePortServices: ClusterIP in the policy the type is changed instead.",
		Why: "A Fargate node is the machine of one pod and answers on no node port, nor for external IPs. EC2 nodes, in a cluster that has some, " +
			"do, unless externalTrafficPolicy is Local. Load balancers reach pods on Fargate by IP targets only, for which a Service of type " +
			"ClusterIP does.",
		Sources: []string{
			"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations",
			"https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1613",
		},
		Remedy: "use type: ClusterIP; an Ingress with alb.ingress.kubernetes.io/target-type: ip, or a load balancer with IP targets, reaches the pods without a node port",
	}
}

func nodePort(service *corev1.Service, place Placement, means meaning) []Finding {
	var found []Finding
	if service.Spec.Type == corev1.ServiceTypeNodePort {
		found = append(found, Finding{Field: "spec.type", Message: nodePortMessage(service, place, means), mild: means != meansFargate})
	}
	if len(service.Spec.ExternalIPs) > 0 && means == meansFargate {
		found = append(found, Finding{
			Field:   "spec.externalIPs",
			Message: fmt.Sprintf("a Fargate node takes no traffic for external IPs, and Fargate profile %q takes the pods", place.Profile),
			Remedy:  "reach the pods by a load balancer with IP targets instead",
			mild:    true,
		})
	}
	return found
}

func nodePortMessage(service *corev1.Service, place Placement, means meaning) string {
	const silent = "a Fargate node answers on no node port"
	if means != meansFargate {
		return silent + ", and " + place.Reason
	}
	message := fmt.Sprintf("this NodePort Service selects pods that Fargate profile %q takes, and %s", place.Profile, silent)
	if service.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		// No EC2 node has one of the pods (F6.6).
		message += "; with externalTrafficPolicy: Local no other node does either"
	}
	return message
}
