package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// RuleNodePort is about a Service of type NodePort that selects pods on Fargate. A
// Fargate node is one pod's own machine and answers on no node port (F6.8);
// load balancers reach Fargate pods by IP targets only (F6.1), for which a
// ClusterIP Service does (F6.10, S25).
const RuleNodePort RuleID = "node-port"

func ruleNodePort() Rule {
	return Rule{
		ID:      RuleNodePort,
		Default: ActionDeny,
		Title:   "a NodePort Service selects pods on Fargate",
		What: "A Service of type NodePort whose selector, taken as the labels of a pod in its namespace, means pods that a Fargate profile " +
			"takes. Other types, and Services without a selector, are not looked at.",
		Why: "A Fargate node is the machine of one pod and answers on no node port. Load balancers reach pods on Fargate by IP targets " +
			"only, for which a Service of type ClusterIP does.",
		Sources: []string{
			"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations",
			"https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1613",
		},
		Remedy: "use type: ClusterIP; an Ingress with alb.ingress.kubernetes.io/target-type: ip, or a load balancer with IP targets, reaches the pods without a node port",
	}
}

func nodePort(service *corev1.Service, place Placement) []Finding {
	if !place.Fargate || service.Spec.Type != corev1.ServiceTypeNodePort {
		return nil
	}
	return []Finding{{
		Field:   "spec.type",
		Message: fmt.Sprintf("this NodePort Service selects pods that Fargate profile %q takes, and a Fargate node answers on no node port", place.Profile),
	}}
}
