package kinds

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"

	"fargate-webhook/kinds/sgp"
	"fargate-webhook/kinds/vpccni"
)

// ReviewOnly holds the kinds that only a review judges: admission isn't called for them (decision
// 100).
var ReviewOnly = []*Kind{NetworkPolicies, ApplicationNetworkPolicies, ClusterNetworkPolicies, PodDisruptionBudgets, SecurityGroupPolicies, LogConfigs}

// Reviewed holds all kinds that a review judges.
var Reviewed = slices.Concat(Table, ReviewOnly)

var (
	// NetworkPolicies aren't enforced on Fargate.
	NetworkPolicies = &Kind{
		Group: "networking.k8s.io", Versions: []string{"v1"}, Kind: "NetworkPolicy", Resource: "networkpolicies",
		Headline: "This NetworkPolicy doesn't protect pods on Fargate", OptOut: optOutSelf("NetworkPolicy"), slot: slotOf[networkingv1.NetworkPolicy](),
	}
	// ApplicationNetworkPolicies and ClusterNetworkPolicies aren't either.
	ApplicationNetworkPolicies = &Kind{
		Group: vpccni.Group, Versions: []string{vpccni.Version}, Kind: vpccni.ApplicationKind, Resource: "applicationnetworkpolicies",
		Headline: "This ApplicationNetworkPolicy doesn't protect pods on Fargate", OptOut: optOutSelf(vpccni.ApplicationKind), Optional: true,
		slot: slotOf[vpccni.ApplicationNetworkPolicy](),
	}
	// ClusterNetworkPolicies are for pods of many namespaces, and belong to none.
	ClusterNetworkPolicies = &Kind{
		Group: vpccni.Group, Versions: []string{vpccni.Version}, Kind: vpccni.ClusterKind, Resource: "clusternetworkpolicies",
		Headline: "This ClusterNetworkPolicy doesn't protect pods on Fargate", OptOut: optOutSelf(vpccni.ClusterKind), Optional: true, ClusterScoped: true,
		slot: slotOf[vpccni.ClusterNetworkPolicy](),
	}
	// PodDisruptionBudgets are honored when EKS patches Fargate nodes.
	PodDisruptionBudgets = &Kind{
		Group: "policy", Versions: []string{"v1"}, Kind: "PodDisruptionBudget", Resource: "poddisruptionbudgets",
		Headline: "This PodDisruptionBudget has EKS delete pods on Fargate", OptOut: optOutSelf("PodDisruptionBudget"), slot: slotOf[policyv1.PodDisruptionBudget](),
	}
	// LogConfigs are one ConfigMap: that of the log router of Fargate.
	LogConfigs = &Kind{
		Versions: []string{"v1"}, Kind: "ConfigMap", Resource: "configmaps", Object: &NamespacedName{"aws-observability", "aws-logging"},
		Headline: "Fargate's log router doesn't take this ConfigMap", slot: slotOf[corev1.ConfigMap](),
	}
	// SecurityGroupPolicies replace the security group of pods on Fargate.
	SecurityGroupPolicies = &Kind{
		Group: sgp.Group, Versions: []string{sgp.Version}, Kind: sgp.Kind, Resource: sgp.Resource,
		Headline: "This SecurityGroupPolicy may cut off pods on Fargate", OptOut: optOutSelf(sgp.Kind), Optional: true, slot: slotOf[sgp.SecurityGroupPolicy](),
	}
)
