package migration

import (
	"fmt"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// policyApplies is about network policies, which nothing enforces on Fargate (F4.30).
var policyApplies = &Note{
	Rule: rules.Rule{
		ID: "network-policy-applies", Default: policy.Warn, Severity: rules.Medium,
		Title:      "a NetworkPolicy, which nothing enforces on Fargate, is enforced",
		What:       "A NetworkPolicy in a namespace that a Fargate profile selects.",
		Why:        "The VPC CNI enforces no network policies on Fargate, so nobody noticed what this one doesn't allow. On nodes traffic that it doesn't allow is dropped as soon as enforcement is on: by default it is off.",
		Fix:        "try the policy with one workload first: it must allow DNS, probes and what the pods really use; enforcement is a setting of the VPC CNI (enableNetworkPolicy)",
		References: []string{"Amazon EKS user guide, “Limit Pod traffic with Kubernetes network policies”", "Amazon EKS user guide, “Use Network Policies with EKS Auto Mode”"},
		Facts:      []string{"F4.30", "F11.4"},
	},
	find: func(s *Subject, target Target) []place {
		if !s.is("networking.k8s.io/v1", "NetworkPolicy") || !s.OnFargate {
			return nil
		}
		fix := ""
		if target == AutoMode {
			fix = "try the policy with one workload first: it must allow DNS, probes and what the pods really use; enforcement takes enable-network-policy-controller: \"true\" in the ConfigMap " +
				"kube-system/amazon-vpc-cni, and networkPolicy in the NodeClass"
		}
		return []place{{field: "spec", problem: fmt.Sprintf("nothing enforces this NetworkPolicy on Fargate; on %s it drops what it doesn't allow, once enforcement is on", target.nodes()), fix: fix}}
	},
}

// securityGroups is about security groups for pods, which Fargate gives every pod that is selected
// (F8.11).
var securityGroups = &Note{
	Rule: rules.Rule{
		ID: "security-groups-nodes", Default: policy.Warn, Severity: rules.High,
		Title: "security groups for pods have conditions on nodes",
		What:  "A SecurityGroupPolicy in a namespace that a Fargate profile selects.",
		Why: "On Fargate each pod has a network interface, which gets the groups. On EC2 nodes this takes the VPC CNI's setting ENABLE_POD_ENI and instance types with trunk interfaces, and each type has " +
			"room for a number of such pods only: others stay Pending. EKS Auto Mode has them from Kubernetes 1.36 on; before, the groups of its nodes and of their NodeClass are all there is.",
		Fix: "set ENABLE_POD_ENI=true on the DaemonSet aws-node, use instance types of the list in amazon-vpc-resource-controller-k8s (none of family t), and count the pods that each has room for",
		References: []string{
			"Amazon EKS user guide, “Assign security groups to individual Pods”", "Amazon EKS user guide, “Assign security groups to individual Pods in EKS Auto Mode”",
			"https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/aws/vpc/limits.go",
		},
		Facts: []string{"F8.11", "F11.5"},
	},
	find: func(s *Subject, target Target) []place {
		if !s.is("vpcresources.k8s.aws/", "SecurityGroupPolicy") || !s.OnFargate {
			return nil
		}
		if target == AutoMode {
			return []place{{
				field: "spec.securityGroups", problem: "EKS Auto Mode has no security groups for pods before Kubernetes 1.36",
				fix: "update the cluster to 1.36 first, or give these pods a NodePool of their own, with podSecurityGroupSelectorTerms in its NodeClass",
			}}
		}
		return []place{{field: "spec.securityGroups", problem: "only instance types with trunk network interfaces have room for pods with groups of their own, and for a limited number of them"}}
	},
}

// roleOfAccount is about IAM roles for service accounts, the only way to a role on Fargate (F8.3).
var roleOfAccount = &Note{
	Rule: rules.Rule{
		ID: "pod-identity-possible", Default: policy.Warn, Severity: rules.Low,
		Title:      "EKS Pod Identity can replace IAM roles for service accounts",
		What:       "A ServiceAccount has the annotation eks.amazonaws.com/role-arn, in a namespace that a Fargate profile selects.",
		Why:        "Fargate has no Pod Identity. Nodes have, so a role needs no trust policy for each cluster any more. The annotation works on nodes as well: nothing has to change.",
		Fix:        "keep it until no pod of the service account runs on Fargate: with an association of Pod Identity such a pod has no credentials. Then, if you like, create an association and remove the annotation",
		References: []string{"Amazon EKS user guide, “Learn how EKS Pod Identity grants Pods access to AWS services”", "https://github.com/aws/containers-roadmap/issues/2274"},
		Facts:      []string{"F8.3", "F8.4", "F11.6"},
	},
	find: func(s *Subject, target Target) []place {
		const key = "eks.amazonaws.com/role-arn"
		if _, ok := s.Meta.Annotations[key]; !ok || !s.is("v1", "ServiceAccount") || !s.OnFargate {
			return nil
		}
		has := "EC2 nodes have it by the add-on eks-pod-identity-agent"
		if target == AutoMode {
			has = "EKS Auto Mode has it built in"
		}
		return []place{{field: annotation(key), problem: "Fargate has no EKS Pod Identity; " + has + ", and the annotation goes on working"}}
	},
}
